import type {
  ParsedCreateSchedule,
  ParsedPreviewSchedule,
  ParsedUpdateSchedule,
  TenantId,
} from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import { runResource } from '#features/runs/index.ts'
import { taskResource } from '#features/tasks/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Tx } from '#platform/db/db.ts'
import { assert } from '#platform/errors.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import { createRunTimes, nextRuns } from './run-times.ts'
import { alreadyOver, nameTaken, scheduleNotFound } from './schedule-errors.ts'
import { changeEvent, runEvent } from './schedule-events.ts'
import { insertRuns } from './schedule-run-store.ts'
import {
  deleteSchedule,
  findSchedule,
  findScheduleByName,
  insertSchedule,
  lockSchedule,
  writeSchedule,
} from './schedule-store.ts'
import { scheduleAct, scheduleTriggered } from './schedule-acts.ts'
import { prepareRun } from './schedule-work.ts'
import type { ScheduledWork, ScheduleRecord, ScheduleRun, Timing } from './schedule.ts'
import { beginScheduled, type ScheduledStarts } from './scheduled-starts.ts'
import { judgeTiming } from './timing-rules.ts'

export interface ScheduleServiceOptions extends ScheduledStarts {
  db: Db
  clock: Clock
  ids: Ids
  /** The least distance of two runs. */
  intervalSecondsMin: number
}

export type ScheduleService = ReturnType<typeof createScheduleService>

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** What people do with schedules. Firing them is in `schedule-firing.ts`. */
export const createScheduleService = (options: ScheduleServiceOptions) => {
  const { db, clock, ids, creation, mover } = options
  const intervalMsMin = options.intervalSecondsMin * 1_000

  const read = async (tenantId: TenantId, reference: string): Promise<ScheduleRecord> => {
    const find = UUID.test(reference) ? findSchedule : findScheduleByName
    const schedule = await find(db.ofTenant(tenantId), tenantId, reference)
    if (schedule === null) throw scheduleNotFound()
    return schedule
  }
  /**
   * Refuses a task that could not be created now, or a workflow that could not be started, be it
   * by anybody or by the one who asks for it.
   */
  const judgeWork = async (actor: Principal, schedule: ScheduleRecord): Promise<void> => {
    const work = await prepareRun(options, { schedule, dueAt: clock.now(), manualId: null })
    if (work.kind === 'task') authorise(actor, 'task.create', taskResource(work.entry.task))
    else authorise(actor, 'run.start', runResource(work.start.record))
  }
  /** Changes a schedule that nobody else changes or fires meanwhile. */
  const change = async (
    actor: Principal,
    reference: string,
    kind: 'updated' | 'paused' | 'resumed',
    changed: (present: ScheduleRecord, now: Date) => ScheduleRecord,
  ): Promise<ScheduleRecord> => {
    const { tenantId } = actor
    const { id } = await read(tenantId, reference)
    const work = async (tx: Tx) => {
      const present = await lockSchedule(tx, tenantId, id)
      if (present === null) throw scheduleNotFound()
      const now = clock.now()
      const found = changed(present, now)
      if (found === present) return present
      const schedule = { ...found, updatedAt: now }
      await writeSchedule(tx, schedule)
      await appendEvents(tx, [changeEvent(kind, { schedule, actor, at: now })])
      await recordWithin(tx, scheduleAct(kind, { before: present, after: schedule, at: now }))
      return schedule
    }
    return db.ofTenant(tenantId).transaction(work).catch(refuseTakenName)
  }
  const firstRunOf = (timing: Timing, now: Date) => judgeTiming(timing, now, intervalMsMin)

  return {
    /** @throws AppError 404 */
    read,

    /** @throws AppError 422 that names the field, 409 when the name is taken */
    create: async (creator: Principal, body: ParsedCreateSchedule): Promise<ScheduleRecord> => {
      const now = clock.now()
      const timing = timingOf(body, now)
      const next = firstRunOf(timing, now)
      const schedule: ScheduleRecord = {
        ...timing,
        id: ids.schedule(),
        tenantId: creator.tenantId,
        name: body.name,
        work: workOf(body),
        missedRuns: body.missed_runs,
        overlap: body.overlap,
        jitterMs: Math.round(body.jitter_seconds * 1_000),
        isPaused: body.is_paused,
        nextRunAt: body.is_paused ? null : next,
        createdBy: creator.id,
        createdAt: now,
        updatedAt: now,
      }
      await judgeWork(creator, schedule)
      const store = async (tx: Tx) => {
        await insertSchedule(tx, schedule)
        const about = { schedule, actor: creator, at: now }
        await appendEvents(tx, [changeEvent('created', about)])
        await recordWithin(tx, scheduleAct('created', { before: null, after: schedule, at: now }))
      }
      await db.ofTenant(creator.tenantId).transaction(store).catch(refuseTakenName)
      return schedule
    },

    /** @throws AppError 422 that names the field, 409 when the name is taken */
    update: async (
      actor: Principal,
      reference: string,
      body: ParsedUpdateSchedule,
    ): Promise<ScheduleRecord> => {
      const given = body.task === undefined && body.workflow === undefined ? null : workOf(body)
      if (given !== null)
        await judgeWork(actor, { ...(await read(actor.tenantId, reference)), work: given })
      return change(actor, reference, 'updated', (present, now) => {
        const timing = changedTiming(present, body)
        const isSameTime = TIMING_FIELDS.every((field) => body[field] === undefined)
        const next = isSameTime ? present.nextRunAt : firstRunOf(timing, now)
        return {
          ...present,
          ...timing,
          name: body.name ?? present.name,
          work: given ?? present.work,
          missedRuns: body.missed_runs ?? present.missedRuns,
          overlap: body.overlap ?? present.overlap,
          jitterMs:
            body.jitter_seconds === undefined
              ? present.jitterMs
              : Math.round(body.jitter_seconds * 1_000),
          nextRunAt: present.isPaused ? null : next,
        }
      })
    },

    /** Idempotent. Runs that come due meanwhile are not missed: nobody wanted them. */
    pause: (actor: Principal, reference: string): Promise<ScheduleRecord> =>
      change(actor, reference, 'paused', (present) =>
        present.isPaused ? present : { ...present, isPaused: true, nextRunAt: null },
      ),

    /**
     * Idempotent. Goes on with the next run from now on.
     * @throws AppError 409 when there is none
     */
    resume: (actor: Principal, reference: string): Promise<ScheduleRecord> =>
      change(actor, reference, 'resumed', (present, now) => {
        if (!present.isPaused) return present
        const next = createRunTimes(present).after(now)
        if (next === null) throw alreadyOver()
        return { ...present, isPaused: false, nextRunAt: next }
      }),

    /** Runs it once now, paused or not, whatever else is due or in progress. */
    trigger: async (
      actor: Principal,
      reference: string,
    ): Promise<Pick<ScheduleRun, 'taskId' | 'runId'>> => {
      const { tenantId } = actor
      const schedule = await read(tenantId, reference)
      const now = clock.now()
      const work = await prepareRun(options, { schedule, dueAt: now, manualId: ids.uuid() })
      const starts = await mover.prepareStarts(work.kind === 'workflow' ? [work.start] : [])
      const made = {
        taskId: work.kind === 'task' ? work.entry.task.id : null,
        runId: work.kind === 'workflow' ? work.start.record.id : null,
      }
      await db.ofTenant(tenantId).transaction(async (tx) => {
        if ((await lockSchedule(tx, tenantId, schedule.id)) === null) throw scheduleNotFound()
        if (work.kind === 'task') await creation.storeWithin(tx, [work.entry])
        await beginScheduled(tx, starts, [{ scheduleId: schedule.id, runId: made.runId }])
        const run: ScheduleRun = {
          scheduleId: schedule.id,
          tenantId,
          dueAt: now,
          outcome: 'created',
          isManual: true,
          ...made,
          error: null,
          runs: 1,
          firedAt: now,
        }
        await insertRuns(tx, [run])
        await appendEvents(tx, [runEvent(run, { name: schedule.name, actor })])
        await recordWithin(tx, scheduleTriggered(schedule, run))
      })
      starts.committed()
      return made
    },

    /** Its tasks stay. */
    remove: async (actor: Principal, reference: string): Promise<void> => {
      const { tenantId } = actor
      const { id } = await read(tenantId, reference)
      await db.ofTenant(tenantId).transaction(async (tx) => {
        // First, so that the note of a run just fired is seen and goes with it.
        const schedule = await lockSchedule(tx, tenantId, id)
        if (schedule === null) throw scheduleNotFound()
        await deleteSchedule(tx, tenantId, id)
        const about = { schedule, actor, at: clock.now() }
        await appendEvents(tx, [changeEvent('deleted', about)])
        const act = { before: schedule, after: null, at: about.at }
        await recordWithin(tx, scheduleAct('deleted', act))
      })
    },

    /** The next runs of a schedule that does not exist yet. */
    preview: (body: ParsedPreviewSchedule, count: number): Date[] => {
      const now = clock.now()
      const timing = timingOf(body, now)
      firstRunOf(timing, now)
      return nextRuns(createRunTimes(timing), now, count)
    },
  }
}

/** One of the two, as the request's form has made sure. */
export const workOf = ({
  task,
  workflow,
  context,
}: Pick<ParsedUpdateSchedule, 'task' | 'workflow' | 'context'>): ScheduledWork => {
  if (task !== undefined) return { kind: 'task', task }
  assert(workflow !== undefined, 'a schedule has a task or a workflow')
  return { kind: 'workflow', workflow, context: context ?? null }
}

const refuseTakenName = (error: unknown): never => {
  const isTaken = error instanceof ConstraintError && error.constraint === 'schedules_name_once'
  throw isTaken ? nameTaken() : error
}

const timingOf = (body: ParsedPreviewSchedule, now: Date): Timing => {
  const startsAt = dateOf(body.starts_at)
  return {
    cron: body.cron ?? null,
    everyMs: body.every_seconds === undefined ? null : Math.round(body.every_seconds * 1_000),
    at: dateOf(body.at),
    timeZone: body.time_zone,
    startsAt,
    endsAt: dateOf(body.ends_at),
    anchor: startsAt ?? now,
  }
}

const TIMING_FIELDS = ['cron', 'every_seconds', 'at', 'time_zone', 'starts_at', 'ends_at'] as const

/** One kind of timing takes the place of another; bounds are taken away by null. */
const changedTiming = (present: ScheduleRecord, body: ParsedUpdateSchedule): Timing => {
  const startsAt = body.starts_at === undefined ? present.startsAt : dateOf(body.starts_at)
  const bounds = {
    timeZone: body.time_zone ?? present.timeZone,
    startsAt,
    endsAt: body.ends_at === undefined ? present.endsAt : dateOf(body.ends_at),
    anchor: startsAt ?? present.createdAt,
  }
  const { cron, every_seconds, at } = body
  if ((cron ?? every_seconds ?? at) === undefined)
    return { cron: present.cron, everyMs: present.everyMs, at: present.at, ...bounds }
  return {
    cron: cron ?? null,
    everyMs: every_seconds === undefined ? null : Math.round(every_seconds * 1_000),
    at: dateOf(at),
    ...bounds,
  }
}

const dateOf = (text: string | null | undefined): Date | null =>
  text === null || text === undefined ? null : new Date(text)
