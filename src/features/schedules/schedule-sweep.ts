import type { ScheduleId } from '@cadre/contract'
import { schedulesWithUnfinishedRuns, type PreparedStarts } from '#features/runs/index.ts'
import { schedulesWithUnfinishedTasks } from '#features/tasks/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { judgeDueRuns, type DueRuns } from './missed-runs.ts'
import { createRunTimes } from './run-times.ts'
import { runEvent } from './schedule-events.ts'
import { insertRuns } from './schedule-run-store.ts'
import {
  findDueSchedules,
  lockUnchanged,
  moveSchedules,
  type DueSchedule,
} from './schedule-store.ts'
import type { ScheduleRecord, ScheduleRun } from './schedule.ts'
import { NO_SUSPENDED_TENANTS, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import { prepareRun, type PreparedWork } from './schedule-work.ts'
import { beginScheduled, type ScheduledStarts } from './scheduled-starts.ts'

export interface ScheduleSweepOptions extends ScheduledStarts {
  db: Db
  clock: Clock
  logger: Logger
  metrics: Metrics
  /** Schedules of one transaction at the most. */
  batchMax: number
  /** A run that is later than this was missed. */
  missedSeconds: number
  /** Whose schedules wait. Default: nobody's. */
  suspended?: SuspendedTenants
}

/** One pass over everything that is due; answers how many schedules it fired. */
export type ScheduleSweep = () => Promise<number>

/**
 * Fires what is due. A run's task or workflow run, its note and the move to the next run are one transaction, which
 * only counts while the schedule is as it was read. So any number of processes may fire at once,
 * and die at any moment, and each run makes one task.
 */
export const createScheduleSweep = (options: ScheduleSweepOptions): ScheduleSweep => {
  const { db, clock, logger, metrics, suspended = NO_SUSPENDED_TENANTS } = options

  const fireBatch = async () => {
    const now = clock.now()
    const due = await findDueSchedules(db, {
      now,
      rowsMax: options.batchMax,
      suspended: suspended.ids(),
    })
    if (due.length === 0) return { found: 0, fired: 0 }
    const plans = await Promise.all(due.map((schedule) => plan(schedule, now)))
    const starts = await options.mover.prepareStarts(plans.flatMap(startsOf))
    const runs = await db.transaction((tx) => carryOut(tx, { plans, starts, now }))
    starts.committed()
    for (const { outcome, taskId } of runs.noted) {
      metrics.scheduleRuns.inc({ outcome })
      if (outcome === 'created' && taskId !== null) metrics.tasksCreated.inc({ kind: 'queued' })
    }
    for (const { scheduleId, outcome, error } of runs.noted)
      if (outcome === 'failed') logger.warn('schedule.run_failed', { scheduleId, reason: error })
    return { found: due.length, fired: runs.fired }
  }
  /** Looked up ahead of the transaction, which must not wait for another connection. */
  const plan = async (schedule: DueSchedule, now: Date): Promise<Plan> => {
    const judged = judge(schedule, now)
    const creations = judged.fire.map(async (dueAt): Promise<PlannedRun> => {
      try {
        const run = { schedule, dueAt, manualId: null }
        return { dueAt, work: await prepareRun(options, run), error: judged.error }
      } catch (error) {
        if (!isAppError(error, 'request.invalid')) throw error
        return { dueAt, work: null, error: error.publicMessage }
      }
    })
    return {
      schedule,
      missed: judged.missed,
      next: judged.next,
      runs: await Promise.all(creations),
    }
  }
  const judge = (schedule: ScheduleRecord, now: Date): DueRuns & { error: string | null } => {
    const due = schedule.nextRunAt ?? now
    try {
      const { missedRuns: policy } = schedule
      const graceMs = options.missedSeconds * 1_000
      const times = createRunTimes(schedule)
      return { ...judgeDueRuns({ times, due, now, policy, graceMs }), error: null }
    } catch (error) {
      // What was accepted once and is not understood any more must not hold the others up.
      logger.error('schedule.not_understood', { scheduleId: schedule.id, error })
      return {
        fire: [due],
        missed: null,
        next: null,
        error: 'The times of the schedule are not understood.',
      }
    }
  }
  const carryOut = async (
    tx: Tx,
    { plans, starts, now }: { plans: readonly Plan[]; starts: PreparedStarts; now: Date },
  ) => {
    const locked = await lockUnchanged(
      tx,
      plans.map((one) => one.schedule),
    )
    const ours = plans.filter(({ schedule }) => locked.has(schedule.id))
    if (ours.length === 0) return { fired: 0, noted: [] }
    const busy = await busyAmong(tx, idsThatMustNotOverlap(ours))
    const planned = ours.flatMap((one) => runsOf(one, busy.has(one.schedule.id), now))
    const created = new Set(planned.map((run) => run.taskId))
    const entries = ours.flatMap(({ runs }) => runs.flatMap(({ work }) => taskOf(work)))
    const wanted = entries.filter(({ task }) => created.has(task.id))
    const stored = await options.creation.storeWithin(tx, wanted)
    const begun = await beginScheduled(tx, starts, planned)
    const noted = planned.map((run) => ({
      ...run,
      taskId: stored.get(run.taskId) ?? null,
      runId: run.runId !== null && begun.has(run.runId) ? run.runId : null,
    }))
    await insertRuns(tx, noted)
    const names = new Map(ours.map(({ schedule: { id, name } }) => [id, name]))
    await appendEvents(
      tx,
      noted.map((run) => runEvent(run, { name: names.get(run.scheduleId) ?? '' })),
    )
    await moveSchedules(
      tx,
      ours.map(({ schedule, next }) => ({ id: schedule.id, next })),
    )
    return { fired: ours.length, noted }
  }
  return async () => {
    let total = 0
    for (;;) {
      const { found, fired } = await fireBatch()
      total += fired
      // Where another process was faster with all of them, it goes on with the rest.
      if (found < options.batchMax || fired === 0) return total
    }
  }
}

interface PlannedRun {
  dueAt: Date
  /** Null where it could not be prepared. */
  work: PreparedWork | null
  error: string | null
}

interface Plan extends Pick<DueRuns, 'missed' | 'next'> {
  schedule: DueSchedule
  runs: PlannedRun[]
}

const taskOf = (work: PreparedWork | null) => (work?.kind === 'task' ? [work.entry] : [])

const startsOf = ({ runs }: Plan) =>
  runs.flatMap(({ work }) => (work?.kind === 'workflow' ? [work.start] : []))

const busyAmong = async (
  tx: Tx,
  scheduleIds: readonly ScheduleId[],
): Promise<ReadonlySet<ScheduleId>> => {
  const tasks = await schedulesWithUnfinishedTasks(tx, scheduleIds)
  return new Set([...tasks, ...(await schedulesWithUnfinishedRuns(tx, scheduleIds))])
}

const idsThatMustNotOverlap = (plans: readonly Plan[]): ScheduleId[] =>
  plans.flatMap(({ schedule }) => (schedule.overlap === 'skip' ? [schedule.id] : []))

/** What becomes of each run. Under `overlap: skip` one task or run at the most is made at once. */
const runsOf = ({ schedule, missed, runs }: Plan, isBusy: boolean, now: Date): ScheduleRun[] => {
  const base = {
    scheduleId: schedule.id,
    tenantId: schedule.tenantId,
    isManual: false,
    firedAt: now,
    taskId: null,
    runId: null,
    error: null,
  }
  let isTaken = isBusy
  const fired = runs.map(({ dueAt, work, error }): ScheduleRun => {
    const about = { ...base, dueAt, runs: 1 }
    if (work === null || error !== null)
      return { ...about, outcome: 'failed', error: error ?? 'There is nothing to do.' }
    if (schedule.overlap === 'skip' && isTaken) return { ...about, outcome: 'overlapped' }
    isTaken = true
    return work.kind === 'task'
      ? { ...about, outcome: 'created', taskId: work.entry.task.id }
      : { ...about, outcome: 'created', runId: work.start.record.id }
  })
  if (missed === null) return fired
  const { latest: dueAt, count } = missed
  // What came due before a tenant was resumed, and was left until now, waited for that.
  const isHeld = schedule.resumedAt !== null && dueAt <= schedule.resumedAt
  const error = isHeld ? 'suspended: the tenant was suspended when it came due' : null
  return [{ ...base, dueAt, runs: count, outcome: 'missed', error }, ...fired]
}
