import type { Json, StepKind } from '@cadre/contract'

/** A step of a definition, as far as pages show it. */
export interface WorkflowStep {
  name: string
  title: string | null
  kind: StepKind
  needs: readonly string[]
  /** The agent, capability, workflow or signal that it is about. */
  subject: string | null
  /** CEL, as its author wrote it. */
  when: string | null
  hasUndo: boolean
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const ACTION_KINDS: readonly StepKind[] = ['agent', 'workflow', 'approval', 'signal', 'delay']

/** Reads the steps of a definition, in their order; what is no step is left out. */
export const stepsOfDefinition = (definition: Json): WorkflowStep[] => {
  const steps = isObject(definition) ? definition['steps'] : undefined
  return Array.isArray(steps) ? (steps as readonly unknown[]).filter(isObject).flatMap(stepOf) : []
}

const stepOf = (step: Readonly<Record<string, unknown>>): WorkflowStep[] => {
  const name = textOf(step['name'])
  const action = isObject(step['action']) ? step['action'] : {}
  if (name === null) return []
  const needs = Array.isArray(step['needs']) ? step['needs'] : []
  return [
    {
      name,
      title: textOf(step['title']),
      kind: isObject(step['forEach'])
        ? 'fan_out'
        : (ACTION_KINDS.find((kind) => kind === action['kind']) ?? 'agent'),
      needs: needs.filter((need) => typeof need === 'string'),
      subject:
        [action['agent'], action['capability'], action['workflow'], action['signal']]
          .map(textOf)
          .find((text) => text !== null) ?? null,
      when: textOf(step['when']),
      hasUndo: isObject(step['compensation']),
    },
  ]
}

/** How many steps the longest way to each step has before it. */
export const depthsOf = (
  steps: readonly Pick<WorkflowStep, 'name' | 'needs'>[],
): ReadonlyMap<string, number> => {
  const names = new Set(steps.map(({ name }) => name))
  const dependents = new Map<string, string[]>()
  const needsLeft = new Map<string, number>()
  for (const { name, needs } of steps) {
    const known = needs.filter((need) => names.has(need))
    needsLeft.set(name, known.length)
    for (const need of known) dependents.set(need, [...(dependents.get(need) ?? []), name])
  }
  const depths = new Map(steps.map(({ name }) => [name, 0]))
  const ready = [...names].filter((name) => needsLeft.get(name) === 0)
  for (let name = ready.pop(); name !== undefined; name = ready.pop())
    for (const next of dependents.get(name) ?? []) {
      depths.set(next, Math.max(depths.get(next) ?? 0, (depths.get(name) ?? 0) + 1))
      const left = (needsLeft.get(next) ?? 0) - 1
      needsLeft.set(next, left)
      if (left === 0) ready.push(next)
    }
  return depths
}
