import type { TaskRecord } from './task.ts'

/** What every maker of a task decides. */
type Decided = Pick<
  TaskRecord,
  | 'id'
  | 'tenantId'
  | 'kind'
  | 'priority'
  | 'maxRetries'
  | 'backoffBaseMs'
  | 'backoffCapMs'
  | 'backoffKind'
  | 'backoffJitter'
  | 'noRetryOn'
  | 'traceparent'
  | 'createdAt'
>

/** What may be asked of a task besides. */
type Asked = Pick<
  TaskRecord,
  | 'title'
  | 'agentId'
  | 'capability'
  | 'input'
  | 'executionTimeoutMs'
  | 'queueTimeoutMs'
  | 'totalTimeoutMs'
  | 'runAt'
  | 'concurrencyKey'
  | 'idempotencyKey'
  | 'requestSha256'
  | 'tags'
>

/**
 * A task before anything has happened to it. What is not asked of it is null; it is due when it is
 * made.
 */
export const unstartedTask = ({
  title = null,
  agentId = null,
  capability = null,
  input = null,
  executionTimeoutMs = null,
  queueTimeoutMs = null,
  totalTimeoutMs = null,
  concurrencyKey = null,
  idempotencyKey = null,
  requestSha256 = null,
  tags = [],
  createdAt,
  runAt = createdAt,
  ...decided
}: Decided & Partial<Asked>): TaskRecord => ({
  ...decided,
  title,
  agentId,
  capability,
  input,
  status: 'TODO',
  assignedAgentId: null,
  attempt: 0,
  attemptToken: null,
  leaseExpiresAt: null,
  retryCount: 0,
  executionTimeoutMs,
  queueTimeoutMs,
  totalTimeoutMs,
  attemptDeadlineAt: null,
  scheduleId: null,
  runId: null,
  command: null,
  runAt,
  progressFraction: null,
  progressMessage: null,
  result: null,
  cost: null,
  lastError: null,
  lastErrorCategory: null,
  concurrencyKey,
  idempotencyKey,
  requestSha256,
  tags,
  createdAt,
  updatedAt: createdAt,
  startedAt: null,
  finishedAt: null,
})
