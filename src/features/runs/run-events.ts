import type { EndedStep, RunRecord } from './run.ts'
import { WHOLE } from './run.ts'
import type { RunEvent } from './run-store.ts'

/** An event about a run: its subject. */
export const runEvent = (run: RunRecord, type: string, data: object): RunEvent => ({
  tenantId: run.tenantId,
  runId: run.id,
  type,
  data: {
    run_id: run.id,
    workflow_id: run.workflowId,
    workflow_name: run.workflowName,
    workflow_version: run.workflowVersion,
    ...data,
  },
})

/** What a closed run says of itself. */
export const runEndedEvent = (
  run: RunRecord,
  { cost, durationMs }: { cost: string; durationMs: number },
): RunEvent =>
  runEvent(run, `run.${run.status.toLowerCase()}`, {
    run_status: run.status,
    cost,
    duration_ms: durationMs,
    ...(run.error !== null && { error: run.error.slice(0, 500) }),
    ...(run.failedStep !== null && { step: run.failedStep }),
    ...(keepsResults(run) && { rerun_from: run.rerunFrom }),
  })

const keepsResults = ({ rerunFrom }: RunRecord): boolean =>
  rerunFrom !== null && rerunFrom !== 'start'

const ENDS = {
  DONE: 'completed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  CANCELLED: 'cancelled',
  HELD: 'held',
} as const

export const stepEndedEvent = (run: RunRecord, ended: EndedStep): RunEvent =>
  runEvent(run, `${ended.isCompensation ? 'compensation' : 'step'}.${ENDS[ended.status]}`, {
    step_id: ended.id,
    step: ended.step,
    ...(ended.item !== WHOLE && { item: ended.item }),
    ...(ended.error !== null && { error: ended.error.slice(0, 500) }),
    ...(ended.category !== null && { category: ended.category }),
    ...(ended.attempts > 0 && { attempts: ended.attempts }),
    ...(ended.cost !== null && { cost: ended.cost }),
    ...(ended.waitMs !== null && { wait_ms: ended.waitMs }),
    ...(ended.durationMs !== null && { duration_ms: ended.durationMs }),
  })
