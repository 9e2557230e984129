import type { StepId } from '@cadre/contract'
import type { CompiledWorkflow, ExpressionContext, StepOutcome } from '#features/workflows/index.ts'
import type { EndedStep, RunOutcome, RunRecord } from './run.ts'

/** A locked run while it is moved. */
export interface RunInHand {
  record: RunRecord
  /** As it is stored. */
  firstPayload: unknown
  workflow: CompiledWorkflow
  /** Outcomes of steps as far as they were needed. */
  outcomes: Map<string, StepOutcome>
  /** Signals that came before a step waited for them, oldest first, by name. */
  signals: Map<string, EarlySignal[]>
  /** What this move decided: it will not complete. */
  fate: Fate | null
}

export interface Fate {
  /** If nothing has to be undone. */
  outcome: Exclude<RunOutcome, 'COMPENSATED'>
  error: string
  failedStep: string | null
  /** What was done is undone, where that was provided for. */
  isUndone: boolean
}

export interface EarlySignal {
  id: number
  body: unknown
}

export const inHand = (record: RunRecord, workflow: CompiledWorkflow): RunInHand => ({
  record,
  firstPayload: record.payload,
  workflow,
  outcomes: new Map(),
  signals: new Map(),
  fate: null,
})

/** Whether it goes on: nothing has decided yet that it will not complete. */
export const goesOn = ({ record, fate }: RunInHand): boolean =>
  record.status === 'RUNNING' && record.outcome === null && fate === null

export interface ContextValues {
  item?: unknown
  index?: number
  result?: unknown
  error?: string | null
}

/** What expressions see; `reads` names the steps whose outcomes were loaded. */
export const contextOf = (
  { record, outcomes }: RunInHand,
  reads: readonly string[],
  values: ContextValues = {},
): ExpressionContext => {
  const steps: Record<string, StepOutcome> = {}
  for (const name of reads) {
    const outcome = outcomes.get(name)
    if (outcome !== undefined) steps[name] = outcome
  }
  return {
    trigger: record.trigger,
    payload: record.payload,
    run: {
      id: record.id,
      workflow: record.workflowName,
      version: record.workflowVersion,
      started_at: record.createdAt.toISOString(),
    },
    steps,
    ...values,
  }
}

/** A step that ended in the move that began it. */
export const endedAtOnce = (
  run: RunInHand,
  step: { id: StepId; step: string; item: number },
  end: Pick<EndedStep, 'status' | 'error' | 'category'>,
): EndedStep => ({
  ...step,
  ...end,
  runId: run.record.id,
  isCompensation: false,
  attempts: 0,
  cost: null,
  waitMs: null,
  durationMs: 0,
})
