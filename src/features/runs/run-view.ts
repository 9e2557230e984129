import type { Json, Run, RunStep, RunStepDetail, TaskId, RunId } from '@cadre/contract'
import type { StepPayloads, StepRecord } from './run-query-store.ts'
import { isOver, WHOLE, type RunRecord } from './run.ts'

export const runView = (run: RunRecord): Run => ({
  id: run.id,
  workflow_id: run.workflowId,
  workflow_name: run.workflowName,
  workflow_version: run.workflowVersion,
  status: run.status,
  is_paused: run.isPaused,
  is_ending: run.outcome !== null && !isOver(run.status),
  trigger: run.triggerKind,
  error: run.error,
  failed_step: run.failedStep,
  cost: run.cost,
  cost_limit: run.costLimit,
  deadline_at: run.deadlineAt?.toISOString() ?? null,
  parent_run_id: run.parentRunId,
  rerun_of: run.rerunOf,
  rerun_from: run.rerunFrom,
  created_by_name: run.createdByName,
  created_at: run.createdAt.toISOString(),
  updated_at: run.updatedAt.toISOString(),
  stuck_since: run.stuckSince?.toISOString() ?? null,
  finished_at: run.finishedAt?.toISOString() ?? null,
  duration_ms: run.durationMs,
})

export const stepView = (step: StepRecord): RunStep => {
  const { kind, status, releasedAt, endedAt } = step
  const hasBegun = releasedAt !== null && step.reusedFrom === null
  return {
    id: step.id,
    run_id: step.runId,
    step: step.step,
    item: step.item === WHOLE ? null : step.item,
    is_compensation: step.isCompensation,
    kind,
    status,
    task_id: kind === 'agent' && hasBegun ? (step.id as string as TaskId) : null,
    child_run_id:
      kind === 'workflow' && hasBegun && !step.isCompensation ? (step.id as string as RunId) : null,
    message: step.message,
    error: step.error,
    category: step.category,
    attempts: step.attempts,
    cost: step.cost,
    items: step.items,
    items_left: step.itemsLeft,
    wait_ms: step.waitMs,
    duration_ms:
      releasedAt === null || endedAt === null ? null : endedAt.getTime() - releasedAt.getTime(),
    due_at: step.dueAt?.toISOString() ?? null,
    decision: step.decision,
    decided_by_name: step.decidedByName,
    comment: step.comment,
    is_reused: step.reusedFrom !== null,
    released_at: releasedAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
  }
}

export const stepDetailView = (step: StepRecord & StepPayloads): RunStepDetail => ({
  ...stepView(step),
  input: step.input as Json,
  output: step.output as Json,
})
