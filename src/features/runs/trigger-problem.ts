import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { CompiledWorkflow } from '#features/workflows/index.ts'

const ajv = new Ajv2020({ strict: false, validateFormats: true })
formats.default(ajv)
const validators = new WeakMap<CompiledWorkflow, ValidateFunction>()

/** Why a trigger's context does not fit the schema that the workflow asks for; null if it does. */
export const triggerProblem = (workflow: CompiledWorkflow, context: unknown): string | null => {
  const { schema } = workflow.definition.trigger
  if (schema === null) return null
  const validate = validators.get(workflow) ?? ajv.compile(schema as object)
  validators.set(workflow, validate)
  if (validate(context)) return null
  const [first] = validate.errors ?? []
  const place = first?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  return `${place === '' ? 'the context' : place} ${first?.message ?? 'is invalid'}`
}
