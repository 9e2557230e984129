import { z } from 'zod'
import { RunId, ScheduleId, TaskId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { RunStatus } from './runs.ts'
import { ScheduledTask, TaskStatus } from './tasks.ts'
import { boundedText, Json, Timestamp } from './text.ts'

export const SCHEDULE_NAME_LENGTH_MAX = 100
/** A leap year; nothing repeats more rarely by an interval. */
const INTERVAL_SECONDS_MAX = 31_622_400
const JITTER_SECONDS_MAX = 3_600

/** What becomes of runs that nobody was there to fire. */
export const MissedRunsPolicy = z
  .enum(['skip', 'run_once', 'run_all'])
  .meta({ id: 'MissedRunsPolicy' })
export type MissedRunsPolicy = z.infer<typeof MissedRunsPolicy>

/** What becomes of a run while the task, or run of a workflow, of an earlier one is unfinished. */
export const OverlapPolicy = z.enum(['allow', 'skip']).meta({ id: 'OverlapPolicy' })
export type OverlapPolicy = z.infer<typeof OverlapPolicy>

/** Names stand in addresses beside ids, so no name may look like an id. */
const UUID_LIKE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const ScheduleName = boundedText(SCHEDULE_NAME_LENGTH_MAX, 1)
  .regex(
    /^[\w.-][\w .:-]*$/,
    'may hold letters of the English alphabet, digits, spaces and . _ : -',
  )
  .refine((name) => !UUID_LIKE.test(name), 'must not look like an id')

const timing = {
  cron: boundedText(200, 1).optional().meta({
    description: 'Minute hour day month weekday; six fields begin with seconds',
    example: '30 8 * * 1-5',
  }),
  every_seconds: z.number().positive().max(INTERVAL_SECONDS_MAX).optional().meta({
    description: 'A fixed interval, counted from `starts_at` or from the creation',
  }),
  at: Timestamp.optional().meta({ description: 'Once, at this moment' }),
  time_zone: boundedText(64, 1).default('UTC').meta({
    description: 'IANA zone in which `cron` is meant',
    example: 'Europe/Berlin',
  }),
  starts_at: Timestamp.nullable().optional().meta({ description: 'No run before this moment' }),
  ends_at: Timestamp.nullable().optional().meta({ description: 'No run after this moment' }),
}

const conduct = {
  missed_runs: MissedRunsPolicy.default('skip').meta({
    description:
      'Runs that came due while nothing ran here: fire none, the latest one, or up to 100 of the latest',
  }),
  overlap: OverlapPolicy.default('allow').meta({
    description:
      '`skip` leaves a run out while a task or workflow run of this schedule is unfinished',
  }),
  jitter_seconds: z.number().min(0).max(JITTER_SECONDS_MAX).default(0).meta({
    description:
      'Each task is due up to this much later, by an amount fixed for the run; not for workflows',
  }),
  is_paused: z.boolean().default(false),
}

const oneTiming = (body: { cron?: unknown; every_seconds?: unknown; at?: unknown }) =>
  [body.cron, body.every_seconds, body.at].filter((given) => given !== undefined).length === 1
const ONE_TIMING = { message: 'give one of cron, every_seconds and at', path: ['cron'] }

/** What each run makes: a task, or a run of a workflow. */
const work = {
  task: ScheduledTask.optional().meta({ description: 'The task that each run creates' }),
  workflow: boundedText(300, 1).optional().meta({
    description:
      'The workflow that each run starts, instead of a task: its name (the latest version at that time), `name@version` or id',
  }),
  context: Json.optional().meta({ description: 'What the workflow is started with' }),
}
const isOneWork = (body: { task?: unknown; workflow?: unknown }) =>
  (body.task === undefined) !== (body.workflow === undefined)
const ONE_WORK = { message: 'give one of task and workflow', path: ['task'] }
const hasWorkflow = (body: { workflow?: unknown; context?: unknown }) =>
  body.context === undefined || body.workflow !== undefined
const WITH_WORKFLOW = { message: 'goes with a workflow', path: ['context'] }

/** What `POST /schedules` takes: when, and what each run makes. */
export const CreateSchedule = z
  .strictObject({ name: ScheduleName, ...timing, ...work, ...conduct })
  .refine(oneTiming, ONE_TIMING)
  .refine(isOneWork, ONE_WORK)
  .refine(hasWorkflow, WITH_WORKFLOW)
  .refine((body) => body.workflow === undefined || body.jitter_seconds === 0, {
    message: 'goes with a task',
    path: ['jitter_seconds'],
  })
  .meta({ id: 'CreateSchedule' })
export type CreateSchedule = z.input<typeof CreateSchedule>
export type ParsedCreateSchedule = z.output<typeof CreateSchedule>

/** `PATCH /schedules/:id`: what is left out stays. Another kind of timing takes the place of the present one. */
export const UpdateSchedule = z
  .strictObject({
    name: ScheduleName.optional(),
    cron: timing.cron,
    every_seconds: timing.every_seconds,
    at: timing.at,
    time_zone: boundedText(64, 1).optional(),
    starts_at: timing.starts_at,
    ends_at: timing.ends_at,
    ...work,
    missed_runs: MissedRunsPolicy.optional(),
    overlap: OverlapPolicy.optional(),
    jitter_seconds: z.number().min(0).max(JITTER_SECONDS_MAX).optional(),
  })
  .refine(
    (body) => oneTiming(body) || (body.cron ?? body.every_seconds ?? body.at) === undefined,
    ONE_TIMING,
  )
  .refine((body) => body.task === undefined || body.workflow === undefined, ONE_WORK)
  .refine(hasWorkflow, WITH_WORKFLOW)
  .meta({ id: 'UpdateSchedule' })
export type UpdateSchedule = z.input<typeof UpdateSchedule>
export type ParsedUpdateSchedule = z.output<typeof UpdateSchedule>

/** `POST /schedules/preview`: when would it run? */
export const PreviewSchedule = z
  .strictObject(timing)
  .refine(oneTiming, ONE_TIMING)
  .meta({ id: 'PreviewSchedule' })
export type PreviewSchedule = z.input<typeof PreviewSchedule>
export type ParsedPreviewSchedule = z.output<typeof PreviewSchedule>

export const SchedulePreview = z
  .object({ next_runs: z.array(Timestamp) })
  .meta({ id: 'SchedulePreview' })
export type SchedulePreview = z.infer<typeof SchedulePreview>

export const TriggeredSchedule = z
  .object({
    task_id: TaskId.nullable(),
    run_id: RunId.nullable().meta({ description: 'Where it starts a workflow' }),
  })
  .meta({ id: 'TriggeredSchedule' })
export type TriggeredSchedule = z.infer<typeof TriggeredSchedule>

/** `created`: its task or workflow run exists. `overlapped`, `missed`: left out by a policy. `failed`: see `error`. */
export const ScheduleRunOutcome = z
  .enum(['created', 'overlapped', 'missed', 'failed'])
  .meta({ id: 'ScheduleRunOutcome' })
export type ScheduleRunOutcome = z.infer<typeof ScheduleRunOutcome>

export const ScheduleRun = z
  .object({
    due_at: Timestamp,
    fired_at: Timestamp,
    outcome: ScheduleRunOutcome,
    is_manual: z.boolean(),
    runs: z.number().int().meta({
      description: 'How many runs this stands for, at least: missed ones in a row are noted as one',
    }),
    task_id: TaskId.nullable(),
    task_status: TaskStatus.nullable().meta({ description: 'Null once the task was removed' }),
    run_id: RunId.nullable().meta({ description: 'The run of a workflow that it started' }),
    run_status: RunStatus.nullable().meta({ description: 'Null once the run was removed' }),
    error: z.string().nullable().meta({
      description:
        'Why it failed; of missed ones `suspended: …` where the tenant was suspended then',
    }),
  })
  .meta({ id: 'ScheduleRun' })
export type ScheduleRun = z.infer<typeof ScheduleRun>
export const ScheduleRunList = z.object({ items: z.array(ScheduleRun), next_cursor: z.null() })

export const Schedule = z
  .object({
    id: ScheduleId,
    name: z.string(),
    cron: z.string().nullable(),
    every_seconds: z.number().nullable(),
    at: Timestamp.nullable(),
    time_zone: z.string(),
    starts_at: Timestamp.nullable(),
    ends_at: Timestamp.nullable(),
    task: ScheduledTask.nullable(),
    workflow: z.string().nullable(),
    context: Json.nullable(),
    missed_runs: MissedRunsPolicy,
    overlap: OverlapPolicy,
    jitter_seconds: z.number(),
    is_paused: z.boolean(),
    next_runs: z.array(Timestamp).meta({ description: 'Up to five; a list shows one' }),
    last_run: ScheduleRun.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Schedule' })
export type Schedule = z.infer<typeof Schedule>
export const ScheduleList = listOf(Schedule)

export const ScheduleListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type ScheduleListQuery = z.input<typeof ScheduleListQuery>
