import type {
  AgentId,
  AttemptOutcome,
  AttemptToken,
  BackoffJitter,
  BackoffKind,
  ExecutionOutcome,
  FailureCategory,
  RunId,
  ScheduleId,
  TaskCommand,
  TaskId,
  TaskKind,
  TaskStatus,
  TenantId,
} from '@cadre/contract'
import { priorityOfRank } from '#platform/outbox/priority.ts'
import type { AttemptRecord, ExecutionRecord, TaskRecord } from './task.ts'

export interface TaskRow {
  id: string
  tenant_id: string
  kind: TaskKind
  title: string | null
  agent_id: string | null
  capability: string | null
  input?: unknown
  priority: number
  status: TaskStatus
  assigned_agent_id: string | null
  attempt: number
  attempt_token: string | null
  lease_expires_at: Date | null
  retry_count: number
  max_retries: number
  backoff_base_ms: number
  backoff_cap_ms: number
  backoff_kind: BackoffKind
  backoff_jitter: BackoffJitter
  no_retry_on: FailureCategory[]
  execution_timeout_ms: number | null
  queue_timeout_ms: number | null
  total_timeout_ms: number | null
  attempt_deadline_at: Date | null
  schedule_id: string | null
  run_id: string | null
  command: TaskCommand | null
  run_at: Date
  progress_fraction: number | null
  progress_message: string | null
  result?: unknown
  cost: string | null
  last_error: string | null
  last_error_category: FailureCategory | null
  concurrency_key: string | null
  idempotency_key: string | null
  request_sha256: string | null
  tags: string[]
  traceparent: string | null
  created_at: Date
  updated_at: Date
  started_at: Date | null
  finished_at: Date | null
}

/** All columns but the payloads, which may be large. */
export const SUMMARY_COLUMNS = `t.id, t.tenant_id, t.kind, t.title, t.agent_id, t.capability,
  t.priority, t.status, t.assigned_agent_id, t.attempt, t.attempt_token, t.lease_expires_at,
  t.retry_count, t.max_retries, t.backoff_base_ms, t.backoff_cap_ms, t.backoff_kind,
  t.backoff_jitter, t.no_retry_on, t.execution_timeout_ms, t.queue_timeout_ms, t.total_timeout_ms,
  t.attempt_deadline_at, t.schedule_id, t.run_id, t.command, t.run_at, t.progress_fraction, t.progress_message, t.cost,
  t.last_error, t.last_error_category,
  t.concurrency_key, t.idempotency_key, t.request_sha256, t.tags, t.traceparent, t.created_at, t.updated_at,
  t.started_at, t.finished_at`
export const TASK_COLUMNS = `${SUMMARY_COLUMNS}, t.input, t.result`

export const taskOf = (row: TaskRow): TaskRecord => ({
  id: row.id as TaskId,
  tenantId: row.tenant_id as TenantId,
  kind: row.kind,
  title: row.title,
  agentId: row.agent_id as AgentId | null,
  capability: row.capability,
  input: row.input ?? null,
  priority: priorityOfRank(row.priority),
  status: row.status,
  assignedAgentId: row.assigned_agent_id as AgentId | null,
  attempt: row.attempt,
  attemptToken: row.attempt_token as AttemptToken | null,
  leaseExpiresAt: row.lease_expires_at,
  retryCount: row.retry_count,
  maxRetries: row.max_retries,
  backoffBaseMs: row.backoff_base_ms,
  backoffCapMs: row.backoff_cap_ms,
  backoffKind: row.backoff_kind,
  backoffJitter: row.backoff_jitter,
  noRetryOn: row.no_retry_on,
  executionTimeoutMs: row.execution_timeout_ms,
  queueTimeoutMs: row.queue_timeout_ms,
  totalTimeoutMs: row.total_timeout_ms,
  attemptDeadlineAt: row.attempt_deadline_at,
  scheduleId: row.schedule_id as ScheduleId | null,
  runId: row.run_id as RunId | null,
  command: row.command,
  runAt: row.run_at,
  progressFraction: row.progress_fraction,
  progressMessage: row.progress_message,
  result: row.result ?? null,
  cost: row.cost,
  lastError: row.last_error,
  lastErrorCategory: row.last_error_category,
  concurrencyKey: row.concurrency_key,
  idempotencyKey: row.idempotency_key,
  requestSha256: row.request_sha256,
  tags: row.tags,
  traceparent: row.traceparent,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
})

export interface AttemptRow {
  task_id: string
  attempt: number
  agent_id: string
  outcome: AttemptOutcome
  category: FailureCategory | null
  error: string | null
  fingerprint: string | null
  cost: string | null
  started_at: Date
  finished_at: Date | null
  duration_ms: number | null
  execution_outcome: ExecutionOutcome | null
  execution_ms: number | null
  exit_code: number | null
  stdout: string | null
  stderr: string | null
}

export const ATTEMPT_COLUMNS = `a.task_id, a.attempt, a.agent_id, a.outcome, a.category, a.error,
  a.fingerprint, a.cost, a.started_at, a.finished_at, a.duration_ms, a.execution_outcome,
  a.execution_ms, a.exit_code, a.stdout, a.stderr`

export const attemptOf = (row: AttemptRow): AttemptRecord => ({
  taskId: row.task_id as TaskId,
  attempt: row.attempt,
  agentId: row.agent_id as AgentId,
  outcome: row.outcome,
  category: row.category,
  error: row.error,
  fingerprint: row.fingerprint,
  cost: row.cost,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  durationMs: row.duration_ms,
  execution: executionOf(row),
})

const executionOf = (row: AttemptRow): ExecutionRecord | null =>
  row.execution_outcome === null
    ? null
    : {
        outcome: row.execution_outcome,
        exitCode: row.exit_code,
        durationMs: row.execution_ms ?? 0,
        stdout: row.stdout ?? '',
        stderr: row.stderr ?? '',
      }

/** PostgreSQL's text cannot hold U+0000, which programs do print. */
export const storable = (text: string): string => {
  if (!text.includes('\u0000')) return text
  // Unit by unit: a program can print a million of them, and replacing each costs 50 ms.
  const units = new Uint16Array(text.length)
  for (let index = 0; index < text.length; index++)
    units[index] = text.charCodeAt(index) || REPLACEMENT_CHARACTER
  return Buffer.from(units.buffer).toString('utf16le')
}
const REPLACEMENT_CHARACTER = 0xfffd
export const storableOrNull = (text: string | undefined): string | null =>
  text === undefined ? null : storable(text)
