import type { RunCompensation } from '@cadre/contract'
import type { StepStatus } from './run.ts'

interface Count {
  status: StepStatus
  isCompensation: boolean
  steps: number
  cost: string
}

/** Null for a run that has nothing to undo. */
export const compensationView = (
  counts: readonly Count[],
  costToUndo: string,
): RunCompensation | null => {
  const undoing = counts.filter(({ isCompensation }) => isCompensation)
  if (undoing.length === 0) return null
  const of = (...statuses: StepStatus[]) =>
    undoing
      .filter(({ status }) => statuses.includes(status))
      .reduce((sum, { steps }) => sum + steps, 0)
  const cost = undoing.reduce((sum, count) => sum + Number(count.cost), 0)
  return {
    recorded: of('RECORDED'),
    running: of('WAITING', 'RUNNING'),
    held: of('HELD'),
    done: of('DONE', 'SKIPPED'),
    cost: cost.toFixed(6),
    cost_to_undo: costToUndo,
  }
}
