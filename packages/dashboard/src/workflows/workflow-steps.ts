import type { StepDocument, StepKind, WorkflowDocument } from '@cadre/contract'

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

/** The steps of a definition, in their order. */
export const stepsOfDefinition = (definition: WorkflowDocument): WorkflowStep[] =>
  Object.entries(definition.steps).map(([name, step]) => ({
    name,
    title: step.title ?? null,
    kind: kindOf(step),
    needs: typeof step.needs === 'string' ? [step.needs] : (step.needs ?? []),
    subject: step.agent ?? step.capability ?? step.workflow ?? signalOf(step),
    when: step.when ?? null,
    hasUndo: step.compensation !== undefined,
  }))

const signalOf = ({ signal }: StepDocument): string | null =>
  typeof signal === 'object' ? signal.name : (signal ?? null)

const kindOf = (step: StepDocument): StepKind => {
  if (step.for_each !== undefined) return 'fan_out'
  const waits = (['workflow', 'approval', 'signal', 'delay'] as const).find(
    (kind) => step[kind] !== undefined,
  )
  return waits ?? 'agent'
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
