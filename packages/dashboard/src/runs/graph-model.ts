import type { RunStep, StepKind } from '@cadre/contract'
import type { WorkflowStep } from '../workflows/workflow-steps.ts'

/** A step as the graph draws it: what is defined, and what became of it. */
export interface GraphStep {
  name: string
  title: string
  kind: StepKind
  needs: readonly string[]
  /** Null before it begins to matter, and in the graph of a definition. */
  step: RunStep | null
  /** Of what undoes it: null when nothing does, or nothing was recorded. */
  undo: RunStep | null
  definition: WorkflowStep | null
  /** Of a definition, which has no state. */
  isPlan: boolean
}

/** The graph of a definition that nobody runs. */
export const plannedSteps = (definition: readonly WorkflowStep[]): GraphStep[] =>
  graphStepsOf(definition, []).map((step) => ({ ...step, isPlan: true }))

/** Elements of lists are no steps of the graph; their list is. */
const isWhole = (step: RunStep) => step.item === null

/**
 * All steps of a run in the order of its definition. Without the definition (it was deleted) the
 * steps that began, in the order in which they did, without what they need.
 */
export const graphStepsOf = (
  definition: readonly WorkflowStep[] | null,
  rows: readonly RunStep[],
): GraphStep[] => {
  const whole = rows.filter(isWhole)
  const steps = new Map(whole.filter((row) => !row.is_compensation).map((row) => [row.step, row]))
  const undos = new Map(whole.filter((row) => row.is_compensation).map((row) => [row.step, row]))
  if (definition !== null)
    return definition.map((each) => ({
      name: each.name,
      title: each.title ?? each.name,
      kind: each.kind,
      needs: each.needs,
      step: steps.get(each.name) ?? null,
      undo: undos.get(each.name) ?? null,
      definition: each,
      isPlan: false,
    }))
  return [...steps.values()].sort(byRelease).map((step) => ({
    name: step.step,
    title: step.step,
    kind: step.kind,
    needs: [],
    step,
    undo: undos.get(step.step) ?? null,
    definition: null,
    isPlan: false,
  }))
}

/** What is not released yet comes last. */
const byRelease = (a: RunStep, b: RunStep) => {
  const [first, second] = [a, b].map(({ released_at, step }) => `${released_at ?? '~'} ${step}`)
  return (first ?? '') < (second ?? '') ? -1 : 1
}

export type EdgeState = 'idle' | 'taken' | 'flowing' | 'refused'

/** What an edge shows: whether the run went along it, goes along it, or never will. */
export const edgeState = (from: GraphStep, to: GraphStep): EdgeState => {
  const before = from.step?.status
  const after = to.step?.status
  if (before === 'CANCELLED' || after === 'CANCELLED') return 'refused'
  if (after === 'SKIPPED' && to.step?.decision === null) return 'refused'
  if (after === 'RUNNING' || after === 'HELD') return 'flowing'
  if (after !== undefined && after !== 'WAITING') return 'taken'
  if (before === 'FAILED') return 'refused'
  return before === 'DONE' ? 'taken' : 'idle'
}
