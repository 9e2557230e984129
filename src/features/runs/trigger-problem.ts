import { createValueCheck, type ValueCheck } from '#platform/schema/json-schema.ts'
import { type CompiledWorkflow } from '#features/workflows/index.ts'

const checks = new WeakMap<CompiledWorkflow, ValueCheck>()

/** Why a trigger's context does not fit the schema that the workflow asks for; null if it does. */
export const triggerProblem = (workflow: CompiledWorkflow, context: unknown): string | null => {
  const check = checks.get(workflow) ?? createValueCheck(workflow.definition.trigger.schema)
  checks.set(workflow, check)
  const [first] = check(context)
  if (first === undefined) return null
  return `${first.path === '' ? 'the context' : first.path} ${first.message}`
}
