import { z } from 'zod'
import { withAliases } from './aliases.ts'
import { AgentId, AttemptToken, ScheduleId, TaskId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Json, Money, MoneyInput, Timestamp } from './text.ts'

export const TASK_BATCH_MAX = 1_000
export const TITLE_LENGTH_MAX = 200
export const ERROR_MESSAGE_LENGTH_MAX = 10_000

export const TaskStatus = z
  .enum(['TODO', 'IN_PROGRESS', 'DONE', 'QUARANTINED', 'CANCELLED'])
  .meta({ id: 'TaskStatus' })
export type TaskStatus = z.infer<typeof TaskStatus>

export const TaskPriority = z.enum(['urgent', 'high', 'medium', 'low']).meta({ id: 'TaskPriority' })
export type TaskPriority = z.infer<typeof TaskPriority>

/** What the task of a step is to its run: it acts, or undoes what another did. */
export const TaskCommand = z.enum(['action', 'compensation']).meta({ id: 'TaskCommand' })
export type TaskCommand = z.infer<typeof TaskCommand>

/** `queued` tasks wait for an agent; `direct` ones ran inside the request that made them. */
export const TaskKind = z.enum(['queued', 'direct']).meta({ id: 'TaskKind' })
export type TaskKind = z.infer<typeof TaskKind>

export const FailureCategory = z
  .enum([
    'retriable',
    'permanent',
    'rate_limited',
    'timeout',
    'sandbox_violation',
    'budget_exceeded',
  ])
  .meta({ id: 'FailureCategory' })
export type FailureCategory = z.infer<typeof FailureCategory>
/** Spelt as a union: of a named schema, `nullable` is lost where the document refers to it. */
const FailureCategoryOrNull = z.union([FailureCategory, z.null()])

/** Why a task in `TODO` has not started yet. */
export const WaitReason = z
  .enum([
    'queued',
    'admitted',
    'backoff',
    'scheduled',
    'no_agent',
    'agent_disabled',
    'agent_disconnected',
    'queue_paused',
    'concurrency_limit',
    'rate_limit',
    'tenant_suspended',
  ])
  .meta({ id: 'WaitReason' })
export type WaitReason = z.infer<typeof WaitReason>

/** How the delay before a retry grows: doubling, by the first delay each time, or not at all. */
export const BackoffKind = z.enum(['exponential', 'linear', 'fixed']).meta({ id: 'BackoffKind' })
export type BackoffKind = z.infer<typeof BackoffKind>

/** What chance decides: half of the delay (`equal`), all of it (`full`), or nothing. */
export const BackoffJitter = z.enum(['equal', 'full', 'none']).meta({ id: 'BackoffJitter' })
export type BackoffJitter = z.infer<typeof BackoffJitter>

/** What a task waits for. The last two are known where one task is read. */
export const Waiting = z
  .object({
    reason: WaitReason,
    until: Timestamp.nullable().meta({ description: 'Not before then, where that is known' }),
    limit: z
      .object({
        of: z.enum(['queue', 'agent', 'key']),
        name: z.string(),
        used: z.number().int(),
        max: z.number().int(),
      })
      .nullable()
      .meta({ description: 'The limit that is used up' }),
    ahead: z.number().int().nullable().meta({
      description: 'Own tasks in the same queue that go before; 1,000 stands for so many or more',
    }),
  })
  .meta({ id: 'Waiting' })
export type Waiting = z.infer<typeof Waiting>

export const Backoff = z.strictObject({
  kind: BackoffKind,
  jitter: BackoffJitter,
  base_seconds: z.number().min(0).max(3_600).meta({ description: 'First delay. Default 5' }),
  cap_seconds: z.number().min(0).max(86_400).meta({ description: 'Longest delay. Default 300' }),
})

/** 30 days. */
const TIMEOUT_SECONDS_MAX = 2_592_000
const seconds = (max: number) => z.number().positive().max(max)
export const Timeouts = z.strictObject({
  queue_seconds: seconds(TIMEOUT_SECONDS_MAX).optional().meta({
    description: 'Waiting for a claim, from when it is due, anew for each attempt',
  }),
  execution_seconds: seconds(86_400).optional().meta({
    description: 'One execution. Default and greatest value for WASM agents: 300',
  }),
  total_seconds: seconds(TIMEOUT_SECONDS_MAX).optional().meta({
    description: 'Everything from the first due time on, retries included',
  }),
})

const Tags = z.array(boundedText(64, 1)).max(32)

const TaskFields = z.strictObject({
  title: boundedText(TITLE_LENGTH_MAX).optional(),
  agent_id: boundedText(200, 1)
    .optional()
    .meta({ description: 'Agent id, its name, or `name@version`' }),
  capability: boundedText(100, 1).optional(),
  input: Json.optional().meta({ description: 'Any JSON. WASM agents read it on stdin' }),
  priority: TaskPriority.default('medium'),
  max_retries: z.number().int().min(0).max(100).optional(),
  backoff: Backoff.partial().optional(),
  no_retry_on: z.array(FailureCategory).max(FailureCategory.options.length).optional().meta({
    description:
      'Categories that are not retried, besides `permanent`, `sandbox_violation` and `budget_exceeded`',
  }),
  run_at: Timestamp.optional(),
  timeouts: Timeouts.optional(),
  concurrency_key: boundedText(200, 1).optional().meta({
    description: 'Tasks with the same key share the limit per key of their queue',
  }),
  idempotency_key: boundedText(200, 1).optional(),
  tags: Tags.default([]),
})
const oneTarget = (task: { agent_id?: string; capability?: string }) =>
  (task.agent_id === undefined) !== (task.capability === undefined)
const ONE_TARGET = { message: 'give either agent_id or capability', path: ['agent_id'] }

/** What `POST /tasks` takes: an agent (id or name) or a capability, and the input. */
export const CreateTask = TaskFields.refine(oneTarget, ONE_TARGET).meta({ id: 'CreateTask' })
export type CreateTask = z.input<typeof CreateTask>
export type ParsedCreateTask = z.output<typeof CreateTask>

/** The task that each run of a schedule creates. A name means the latest version at that time. */
export const ScheduledTask = TaskFields.omit({ run_at: true, idempotency_key: true })
  .refine(oneTarget, ONE_TARGET)
  .meta({ id: 'ScheduledTask' })
export type ScheduledTask = z.input<typeof ScheduledTask>
export type ParsedScheduledTask = z.output<typeof ScheduledTask>

export const CreateTaskBatch = z
  .strictObject({ tasks: z.array(CreateTask).min(1).max(TASK_BATCH_MAX) })
  .meta({ id: 'CreateTaskBatch' })

export const Task = z
  .object({
    id: TaskId,
    kind: TaskKind,
    title: z.string().nullable(),
    agent_id: AgentId.nullable(),
    agent_name: z.string().nullable(),
    capability: z.string().nullable(),
    input: Json.nullable(),
    priority: TaskPriority,
    status: TaskStatus,
    assigned_agent_id: AgentId.nullable(),
    attempt: z.number().int().meta({ description: 'Number of the latest claim; 0 before any' }),
    retry_count: z.number().int(),
    max_retries: z.number().int(),
    backoff: Backoff,
    no_retry_on: z.array(FailureCategory),
    timeouts: z.object({
      queue_seconds: z.number().nullable(),
      execution_seconds: z.number().nullable(),
      total_seconds: z.number().nullable(),
    }),
    run_at: Timestamp.meta({ description: 'Due from this moment on' }),
    lease_expires_at: Timestamp.nullable(),
    waiting: Waiting.nullable().meta({
      description: 'Why a TODO task waits; null in every other status',
    }),
    progress: z
      .object({ fraction: z.number().nullable(), message: z.string().nullable() })
      .nullable(),
    result: Json.nullable(),
    cost: Money.nullable().meta({ description: 'Sum over the attempts' }),
    last_error: z.string().nullable(),
    last_error_category: FailureCategoryOrNull,
    concurrency_key: z.string().nullable(),
    idempotency_key: z.string().nullable(),
    tags: z.array(z.string()),
    schedule_id: ScheduleId.nullable().meta({ description: 'The schedule that created it' }),
    created_at: Timestamp,
    updated_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: 'Task' })
export type Task = z.infer<typeof Task>

/** A list shows tasks without their payloads. */
export const TaskSummary = Task.omit({ input: true, result: true }).meta({ id: 'TaskSummary' })
export type TaskSummary = z.infer<typeof TaskSummary>
export const TaskList = listOf(TaskSummary)

export const TaskListQuery = z.strictObject({
  ...listQuery,
  sort_by: z.enum(['created_at', 'updated_at']).default('created_at'),
  status: TaskStatus.optional(),
  kind: TaskKind.optional(),
  agent_id: boundedText(200, 1).optional(),
  capability: boundedText(100, 1).optional(),
  priority: TaskPriority.optional(),
  tag: boundedText(64, 1).optional(),
  schedule_id: ScheduleId.optional().meta({ description: 'Only tasks of this schedule' }),
  q: boundedText(200, 1).optional().meta({ description: 'Part of the title or last error' }),
  created_after: Timestamp.optional(),
  created_before: Timestamp.optional(),
})
export type TaskListQuery = z.input<typeof TaskListQuery>
export type ParsedTaskListQuery = z.output<typeof TaskListQuery>

const reporter = {
  agent_id: boundedText(200, 1).meta({ description: 'Agent id, its name, or `name@version`' }),
}
const token = {
  attempt_token: AttemptToken.optional().meta({
    description: 'Token of the claim. Left out, the report counts for the lease held now',
  }),
}

const StatusUpdate = z.strictObject({
  ...reporter,
  ...token,
  new_status: z.enum(['IN_PROGRESS', 'DONE', 'TODO']),
  lease_seconds: z.number().int().min(1).max(3_600).optional(),
  result: Json.optional(),
  cost: MoneyInput.optional(),
})

/** `PUT /tasks/:id/status`: claim (`IN_PROGRESS`), complete (`DONE`) or hand back unharmed (`TODO`). */
export const UpdateTaskStatus = withAliases(
  {
    agentId: 'agent_id',
    newStatus: 'new_status',
    attemptToken: 'attempt_token',
    leaseSeconds: 'lease_seconds',
  },
  StatusUpdate,
).meta({ id: 'UpdateTaskStatus' })
export type UpdateTaskStatus = z.input<typeof StatusUpdate>

/** The claim's answer: the task, and the token that every report should carry. */
export const ClaimedTask = Task.extend({ attempt_token: AttemptToken.optional() }).meta({
  id: 'ClaimedTask',
})
export type ClaimedTask = z.infer<typeof ClaimedTask>

export const ReportFailure = withAliases(
  {
    agentId: 'agent_id',
    errorMessage: 'error_message',
    attemptToken: 'attempt_token',
    retryAfterSeconds: 'retry_after_seconds',
  },
  z.strictObject({
    ...reporter,
    ...token,
    error_message: boundedText(ERROR_MESSAGE_LENGTH_MAX, 1),
    category: FailureCategory.default('retriable'),
    retry_after_seconds: z.number().min(0).max(86_400).optional(),
    cost: MoneyInput.optional(),
  }),
).meta({ id: 'ReportFailure' })

export const Heartbeat = withAliases(
  { agentId: 'agent_id', attemptToken: 'attempt_token', leaseSeconds: 'lease_seconds' },
  z.strictObject({
    ...reporter,
    ...token,
    lease_seconds: z.number().int().min(1).max(3_600).optional(),
  }),
).meta({ id: 'Heartbeat' })

export const HeartbeatAnswer = z
  .object({ lease_expires_at: Timestamp })
  .meta({ id: 'HeartbeatAnswer' })
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>

export const ReportProgress = withAliases(
  { agentId: 'agent_id', attemptToken: 'attempt_token' },
  z.strictObject({
    ...reporter,
    ...token,
    fraction: z.number().min(0).max(1).optional(),
    message: boundedText(1_000).optional(),
  }),
).meta({ id: 'ReportProgress' })

export const CancelTask = z
  .strictObject({ reason: boundedText(1_000).optional() })
  .meta({ id: 'CancelTask' })

export const AttemptOutcome = z
  .enum(['running', 'done', 'failed', 'lost', 'cancelled'])
  .meta({ id: 'AttemptOutcome' })
export type AttemptOutcome = z.infer<typeof AttemptOutcome>

/** One execution of a task, kept for ever with the task. */
export const Attempt = z
  .object({
    attempt: z.number().int(),
    agent_id: AgentId,
    agent_name: z.string().nullable(),
    outcome: AttemptOutcome,
    category: FailureCategoryOrNull,
    error: z.string().nullable(),
    fingerprint: z.string().nullable(),
    cost: Money.nullable(),
    started_at: Timestamp,
    finished_at: Timestamp.nullable(),
    duration_ms: z.number().nullable(),
  })
  .meta({ id: 'Attempt' })
export type Attempt = z.infer<typeof Attempt>
export const AttemptList = z.object({ items: z.array(Attempt), next_cursor: z.null() })

/** `POST /tasks/execute`: runs a WASM agent at once, outside the queue. */
export const ExecuteTask = withAliases(
  { agentId: 'agent_id', timeoutSeconds: 'timeout_seconds' },
  z.strictObject({
    agent_id: boundedText(200, 1),
    input: Json.optional(),
    timeout_seconds: z.number().positive().max(300).optional(),
  }),
).meta({ id: 'ExecuteTask' })

/** How a sandboxed program ended. */
export const ExecutionOutcome = z
  .enum([
    'exit',
    'trap',
    'timeout',
    'out_of_memory',
    'output_limit',
    'invalid_module',
    'cancelled',
    'runner_lost',
  ])
  .meta({ id: 'ExecutionOutcome' })
export type ExecutionOutcome = z.infer<typeof ExecutionOutcome>

/** What one WASM execution printed and how it ended. */
export const ExecutionResult = z
  .object({
    task_id: TaskId,
    agent_id: AgentId,
    exit_code: z.number().int().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    duration_ms: z.number(),
    error: z.string().nullable(),
    outcome: ExecutionOutcome,
  })
  .meta({ id: 'ExecutionResult' })
export type ExecutionResult = z.infer<typeof ExecutionResult>

export const ResultListQuery = z.strictObject({
  agent_id: boundedText(200, 1).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(10_000).default(0),
})
export const ResultList = z.object({
  results: z.array(ExecutionResult),
  count: z.number().int(),
  limit: z.number().int(),
  offset: z.number().int(),
})

export const TaskCounts = z
  .object({
    waiting: z.number().int(),
    in_progress: z.number().int(),
    quarantined: z.number().int(),
    done_last_day: z.number().int(),
    failed_attempts_last_day: z.number().int(),
  })
  .meta({ id: 'TaskCounts' })
export type TaskCounts = z.infer<typeof TaskCounts>
