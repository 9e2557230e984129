import type { AuditedAct, Perpetrator } from '#features/audit/index.ts'
import type { StepRecord } from './run-query-store.ts'
import type { RunRecord } from './run.ts'

// What people do to runs and decide about their steps, as the audit log tells it.

export const runAct = (
  action: 'run.pause' | 'run.resume' | 'run.cancel' | 'run.rerun',
  run: RunRecord,
  { at, values, by }: { at: Date; values?: object; by?: Perpetrator },
): AuditedAct => ({
  tenantId: run.tenantId,
  at,
  action,
  resource: { kind: 'run', id: run.id, name: nameOf(run) },
  before: { status: run.status, is_paused: run.isPaused },
  after: values,
  by,
})

const ACTIONS = {
  approved: 'step.approve',
  rejected: 'step.reject',
  skipped: 'step.skip',
  completed: 'step.complete',
  retried: 'step.retry',
} as const
export type StepVerdict = keyof typeof ACTIONS

export const stepAct = (
  verdict: StepVerdict,
  about: { run: RunRecord; step: StepRecord; comment: string | null; at: Date },
): AuditedAct => {
  const { run, step, comment, at } = about
  return {
    tenantId: run.tenantId,
    at,
    action: ACTIONS[verdict],
    resource: { kind: 'step', id: step.id, name: step.step },
    before: { status: step.status },
    after: { run_id: run.id, workflow: nameOf(run), comment },
  }
}

const nameOf = (run: RunRecord) => `${run.workflowName}@${run.workflowVersion}`
