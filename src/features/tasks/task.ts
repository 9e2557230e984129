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
  TaskPriority,
  TaskStatus,
  TenantId,
} from '@cadre/contract'

/** A unit of work and where it stands. Times are instants, amounts are dollars as text. */
export interface TaskRecord {
  id: TaskId
  tenantId: TenantId
  kind: TaskKind
  title: string | null
  agentId: AgentId | null
  capability: string | null
  input: unknown
  priority: TaskPriority
  status: TaskStatus
  assignedAgentId: AgentId | null
  attempt: number
  attemptToken: AttemptToken | null
  leaseExpiresAt: Date | null
  retryCount: number
  maxRetries: number
  backoffBaseMs: number
  backoffCapMs: number
  backoffKind: BackoffKind
  backoffJitter: BackoffJitter
  /** Categories that this task is not retried after, besides those that never are. */
  noRetryOn: FailureCategory[]
  executionTimeoutMs: number | null
  queueTimeoutMs: number | null
  totalTimeoutMs: number | null
  /** The end of the present attempt's time, while a remote agent holds a task with such a limit. */
  attemptDeadlineAt: Date | null
  scheduleId: ScheduleId | null
  /** The run whose step the task is. */
  runId: RunId | null
  /** What the task is to its run; null outside of runs. */
  command: TaskCommand | null
  runAt: Date
  progressFraction: number | null
  progressMessage: string | null
  result: unknown
  cost: string | null
  lastError: string | null
  lastErrorCategory: FailureCategory | null
  concurrencyKey: string | null
  idempotencyKey: string | null
  requestSha256: string | null
  tags: string[]
  traceparent: string | null
  createdAt: Date
  updatedAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

/** What a sandboxed execution leaves in its attempt. */
export interface ExecutionRecord {
  outcome: ExecutionOutcome
  exitCode: number | null
  durationMs: number
  stdout: string
  stderr: string
}

export interface AttemptRecord {
  taskId: TaskId
  attempt: number
  agentId: AgentId
  outcome: AttemptOutcome
  category: FailureCategory | null
  error: string | null
  fingerprint: string | null
  cost: string | null
  startedAt: Date
  finishedAt: Date | null
  durationMs: number | null
  execution: ExecutionRecord | null
}

/** What can happen to a task, and from which states it can. */
const TRANSITIONS = {
  claim: { from: ['TODO'], to: 'IN_PROGRESS' },
  complete: { from: ['IN_PROGRESS'], to: 'DONE' },
  retry: { from: ['IN_PROGRESS'], to: 'TODO' },
  quarantine: { from: ['IN_PROGRESS'], to: 'QUARANTINED' },
  redrive: { from: ['QUARANTINED'], to: 'TODO' },
  purge: { from: ['QUARANTINED'], to: 'CANCELLED' },
  /** A limit on its time ran out, whether it waits or runs. */
  expire: { from: ['TODO', 'IN_PROGRESS'], to: 'QUARANTINED' },
  cancel: { from: ['TODO', 'IN_PROGRESS', 'QUARANTINED'], to: 'CANCELLED' },
} as const satisfies Record<string, { from: readonly TaskStatus[]; to: TaskStatus }>

export type Transition = keyof typeof TRANSITIONS

export const transition = <Name extends Transition>(name: Name): (typeof TRANSITIONS)[Name] =>
  TRANSITIONS[name]

/** The state after `name`, or null where it is not allowed. */
export const nextStatus = (status: TaskStatus, name: Transition): TaskStatus | null => {
  const { from, to } = TRANSITIONS[name]
  return (from as readonly TaskStatus[]).includes(status) ? to : null
}

export const isFinished = (status: TaskStatus): boolean =>
  status === 'DONE' || status === 'CANCELLED'
