import type { Attempt, ExecutionResult, Task, TaskSummary, Waiting } from '@cadre/contract'
import type { AttemptRecord, ExecutionRecord, TaskRecord } from './task.ts'

export type AgentNames = ReadonlyMap<string, string>

export const taskSummaryView = (
  task: TaskRecord,
  names: AgentNames,
  now: Date,
  waiting: Waiting | null = apparentWaiting(task, now),
): TaskSummary => ({
  id: task.id,
  kind: task.kind,
  title: task.title,
  agent_id: task.agentId,
  agent_name: names.get(task.agentId ?? task.assignedAgentId ?? '') ?? null,
  capability: task.capability,
  priority: task.priority,
  status: task.status,
  assigned_agent_id: task.assignedAgentId,
  attempt: task.attempt,
  retry_count: task.retryCount,
  max_retries: task.maxRetries,
  no_retry_on: task.noRetryOn,
  backoff: {
    kind: task.backoffKind,
    jitter: task.backoffJitter,
    base_seconds: task.backoffBaseMs / 1_000,
    cap_seconds: task.backoffCapMs / 1_000,
  },
  timeouts: {
    queue_seconds: secondsOf(task.queueTimeoutMs),
    execution_seconds: secondsOf(task.executionTimeoutMs),
    total_seconds: secondsOf(task.totalTimeoutMs),
  },
  run_at: task.runAt.toISOString(),
  lease_expires_at: task.leaseExpiresAt?.toISOString() ?? null,
  waiting,
  progress:
    task.progressFraction === null && task.progressMessage === null
      ? null
      : { fraction: task.progressFraction, message: task.progressMessage },
  cost: task.cost,
  last_error: task.lastError,
  last_error_category: task.lastErrorCategory,
  concurrency_key: task.concurrencyKey,
  idempotency_key: task.idempotencyKey,
  tags: task.tags,
  schedule_id: task.scheduleId,
  created_at: task.createdAt.toISOString(),
  updated_at: task.updatedAt.toISOString(),
  started_at: task.startedAt?.toISOString() ?? null,
  finished_at: task.finishedAt?.toISOString() ?? null,
})

const secondsOf = (milliseconds: number | null) =>
  milliseconds === null ? null : milliseconds / 1_000

export const taskView = (
  task: TaskRecord,
  names: AgentNames,
  now: Date,
  waiting?: Waiting | null,
): Task => ({
  ...taskSummaryView(task, names, now, waiting),
  input: task.input as Task['input'],
  result: task.result as Task['result'],
})

/** What the task's own row says of its waiting; lists show no more. */
const apparentWaiting = (task: TaskRecord, now: Date): Waiting | null => {
  if (task.status !== 'TODO') return null
  const isDue = task.runAt <= now
  return {
    reason: isDue ? 'queued' : task.retryCount > 0 ? 'backoff' : 'scheduled',
    until: isDue ? null : task.runAt.toISOString(),
    limit: null,
    ahead: null,
  }
}

export const attemptView = (attempt: AttemptRecord, names: AgentNames): Attempt => ({
  attempt: attempt.attempt,
  agent_id: attempt.agentId,
  agent_name: names.get(attempt.agentId) ?? null,
  outcome: attempt.outcome,
  category: attempt.category,
  error: attempt.error,
  fingerprint: attempt.fingerprint,
  cost: attempt.cost,
  started_at: attempt.startedAt.toISOString(),
  finished_at: attempt.finishedAt?.toISOString() ?? null,
  duration_ms: attempt.durationMs,
})

export const executionView = (
  attempt: Pick<AttemptRecord, 'taskId' | 'agentId' | 'error'>,
  execution: ExecutionRecord,
): ExecutionResult => ({
  task_id: attempt.taskId,
  agent_id: attempt.agentId,
  exit_code: execution.exitCode,
  stdout: execution.stdout,
  stderr: execution.stderr,
  duration_ms: execution.durationMs,
  error: attempt.error,
  outcome: execution.outcome,
})
