import { z } from 'zod'
import { AgentId, TaskId } from './ids.ts'
import { listOf } from './lists.ts'
import { Attempt, FailureCategory, Task, TaskSummary } from './tasks.ts'
import { boundedText, Json, Timestamp } from './text.ts'

/** Tasks that one filter may name. */
export const QUARANTINE_IDS_MAX = 1_000
/** Tasks that one call redrives or purges; what is left goes on from `next_cursor`. */
export const QUARANTINE_CALL_MAX = 5_000
/** Tasks that a dry run shows. */
export const QUARANTINE_SAMPLE_MAX = 10

/** Names failures that look alike. */
export const Fingerprint = z
  .string()
  .regex(/^(?:[0-9a-f]{16}|unknown)$/, 'must be a fingerprint such as "1f0c9a4e5b7d2836"')
  .meta({ description: 'Fingerprint of a failure', example: '1f0c9a4e5b7d2836' })

const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
}
const search = {
  agent_id: boundedText(200, 1).optional().meta({
    description: 'Agent whose attempt failed last: its id, or its name',
  }),
  category: FailureCategory.optional(),
  q: boundedText(200, 1).optional().meta({ description: 'Part of the error or of the title' }),
}
const conditions = {
  ...search,
  fingerprint: Fingerprint.optional(),
  quarantined_after: Timestamp.optional(),
  quarantined_before: Timestamp.optional(),
}

/** A task that needs a person. */
export const QuarantinedTask = TaskSummary.extend({
  fingerprint: z.string(),
  quarantined_at: Timestamp,
}).meta({ id: 'QuarantinedTask' })
export type QuarantinedTask = z.infer<typeof QuarantinedTask>
export const QuarantinedTaskList = listOf(QuarantinedTask)

/** The same with its payload and everything that was tried. */
export const QuarantinedTaskDetail = Task.extend({
  fingerprint: z.string(),
  quarantined_at: Timestamp,
  attempts: z.array(Attempt),
}).meta({ id: 'QuarantinedTaskDetail' })
export type QuarantinedTaskDetail = z.infer<typeof QuarantinedTaskDetail>

export const QuarantineListQuery = z.strictObject({ ...page, ...conditions })
export type QuarantineListQuery = z.input<typeof QuarantineListQuery>

/** Failures that look alike. */
export const QuarantineGroup = z
  .object({
    fingerprint: z.string(),
    category: FailureCategory,
    error: z.string().meta({ description: 'The latest one' }),
    tasks: z.number().int().meta({ description: 'In quarantine now' }),
    total: z.number().int().meta({ description: 'Since the first one' }),
    agents: z
      .array(
        z.object({ agent_id: AgentId, agent_name: z.string().nullable(), tasks: z.number().int() }),
      )
      .meta({ description: 'Those with the most tasks in quarantine now, ten at the most' }),
    agents_affected: z.number().int(),
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
    opened_at: Timestamp.meta({ description: 'When it last went from empty to not empty' }),
  })
  .meta({ id: 'QuarantineGroup' })
export type QuarantineGroup = z.infer<typeof QuarantineGroup>
export const QuarantineGroupList = listOf(QuarantineGroup)

export const QuarantineGroupQuery = z.strictObject({ ...page, ...search })
export type QuarantineGroupQuery = z.input<typeof QuarantineGroupQuery>

/** `POST /quarantine/tasks/:id/redrive`: due again at once. */
export const RedriveTask = z
  .strictObject({
    input: Json.optional().meta({ description: 'Replaces the input of the task' }),
    reset_retries: z.boolean().default(true).meta({
      description: 'Count failures from zero again; otherwise the next one quarantines it',
    }),
  })
  .meta({ id: 'RedriveTask' })
export type RedriveTask = z.input<typeof RedriveTask>

const reason = boundedText(1_000).optional()

export const PurgeTask = z.strictObject({ reason }).meta({ id: 'PurgeTask' })
export type PurgeTask = z.input<typeof PurgeTask>

/** Which tasks: all conditions hold together; `all` is said outright, never by leaving out. */
export const QuarantineFilter = z
  .strictObject({
    ...conditions,
    ids: z.array(TaskId).min(1).max(QUARANTINE_IDS_MAX).optional(),
    all: z.literal(true).optional(),
  })
  .refine((filter) => Object.values(filter).some((condition) => condition !== undefined), {
    message: 'name a condition, or say "all": true',
  })
  .meta({ id: 'QuarantineFilter' })
export type QuarantineFilter = z.input<typeof QuarantineFilter>

const bulk = {
  filter: QuarantineFilter,
  dry_run: z.boolean().default(false).meta({ description: 'Change nothing; answer what matches' }),
  cursor: z.string().max(500).optional().meta({
    description: 'Goes on where the call before stopped',
  }),
}

export const RedriveTasks = z
  .strictObject({ ...bulk, reset_retries: z.boolean().default(true) })
  .meta({ id: 'RedriveTasks' })
export type RedriveTasks = z.input<typeof RedriveTasks>

export const PurgeTasks = z.strictObject({ ...bulk, reason }).meta({ id: 'PurgeTasks' })
export type PurgeTasks = z.input<typeof PurgeTasks>

/** What a call on many tasks found and did. */
export const BulkAnswer = z
  .object({
    dry_run: z.boolean(),
    matched: z.number().int().meta({
      description: 'A dry run counts all that match; otherwise those that this call looked at',
    }),
    changed: z.number().int(),
    skipped: z.number().int().meta({
      description: 'Left in quarantine: changed meanwhile, or their agent was deleted',
    }),
    sample: z.array(QuarantinedTask).meta({ description: 'Of a dry run, the oldest few' }),
    next_cursor: z.string().nullable().meta({ description: 'Null when nothing is left to do' }),
  })
  .meta({ id: 'QuarantineBulkAnswer' })
export type BulkAnswer = z.infer<typeof BulkAnswer>

/** A message that could not be delivered. The task that it spoke of is not lost with it. */
export const DeadLetter = z
  .object({
    id: z.string(),
    source: z.string().meta({ description: 'The broker that gave it up' }),
    queue: z.string().meta({ description: 'Where it came from' }),
    reason: z.string(),
    deliveries: z.number().int(),
    history: z.array(z.unknown()).meta({ description: 'Earlier refusals, the oldest first' }),
    headers: z.record(z.string(), z.unknown()),
    task_id: TaskId.nullable(),
    task_status: z.string().nullable().meta({ description: 'Null when there is no such task' }),
    enqueued_at: Timestamp,
    died_at: Timestamp,
  })
  .meta({ id: 'DeadLetter' })
export type DeadLetter = z.infer<typeof DeadLetter>
export const DeadLetterList = listOf(DeadLetter)

export const DeadLetterQuery = z.strictObject({
  ...page,
  queue: boundedText(300, 1).optional(),
  q: boundedText(200, 1).optional().meta({ description: 'Part of the reason' }),
})
export type DeadLetterQuery = z.input<typeof DeadLetterQuery>

export const PurgeDeadLetters = z
  .strictObject({
    queue: boundedText(300, 1).optional(),
    ids: z.array(z.guid().toLowerCase()).min(1).max(QUARANTINE_IDS_MAX).optional(),
    all: z.literal(true).optional(),
    dry_run: z.boolean().default(false),
  })
  .refine(({ queue, ids, all }) => (queue ?? ids ?? all) !== undefined, {
    message: 'give queue or ids, or say "all": true',
  })
  .meta({ id: 'PurgeDeadLetters' })
export type PurgeDeadLetters = z.input<typeof PurgeDeadLetters>

export const PurgedDeadLetters = z
  .object({ dry_run: z.boolean(), matched: z.number().int(), purged: z.number().int() })
  .meta({ id: 'PurgedDeadLetters' })
export type PurgedDeadLetters = z.infer<typeof PurgedDeadLetters>
