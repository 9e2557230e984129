import type { ScheduleId } from '@cadre/contract'
import {
  schedulesWithUnfinishedTasks,
  type NewTask,
  type TaskCreation,
} from '#features/tasks/index.ts'
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
import { findDueSchedules, lockUnchanged, moveSchedules } from './schedule-store.ts'
import { prepareRun } from './schedule-task.ts'
import type { ScheduleRecord, ScheduleRun } from './schedule.ts'

export interface ScheduleSweepOptions {
  db: Db
  clock: Clock
  creation: TaskCreation
  logger: Logger
  metrics: Metrics
  /** Schedules of one transaction at the most. */
  batchMax: number
  /** A run that is later than this was missed. */
  missedSeconds: number
}

/** One pass over everything that is due; answers how many schedules it fired. */
export type ScheduleSweep = () => Promise<number>

/**
 * Fires what is due. A run's task, its note and the move to the next run are one transaction, which
 * only counts while the schedule is as it was read. So any number of processes may fire at once,
 * and die at any moment, and each run makes one task.
 */
export const createScheduleSweep = (options: ScheduleSweepOptions): ScheduleSweep => {
  const { db, clock, logger, metrics } = options

  const fireBatch = async () => {
    const now = clock.now()
    const due = await findDueSchedules(db, now, options.batchMax)
    if (due.length === 0) return { found: 0, fired: 0 }
    const plans = await Promise.all(due.map((schedule) => plan(schedule, now)))
    const runs = await db.transaction((tx) => carryOut(tx, plans, now))
    for (const { outcome } of runs.noted) {
      metrics.scheduleRuns.inc({ outcome })
      if (outcome === 'created') metrics.tasksCreated.inc({ kind: 'queued' })
    }
    for (const { scheduleId, error } of runs.noted)
      if (error !== null) logger.warn('schedule.run_failed', { scheduleId, reason: error })
    return { found: due.length, fired: runs.fired }
  }
  /** Looked up ahead of the transaction, which must not wait for another connection. */
  const plan = async (schedule: ScheduleRecord, now: Date): Promise<Plan> => {
    const judged = judge(schedule, now)
    const creations = judged.fire.map(async (dueAt): Promise<PlannedRun> => {
      try {
        const run = { schedule, dueAt, manualId: null }
        return { dueAt, entry: await prepareRun(options.creation, run), error: judged.error }
      } catch (error) {
        if (!isAppError(error, 'request.invalid')) throw error
        return { dueAt, entry: null, error: error.publicMessage }
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
  const carryOut = async (tx: Tx, plans: readonly Plan[], now: Date) => {
    const locked = await lockUnchanged(
      tx,
      plans.map((one) => one.schedule),
    )
    const ours = plans.filter(({ schedule }) => locked.has(schedule.id))
    if (ours.length === 0) return { fired: 0, noted: [] }
    const busy = await schedulesWithUnfinishedTasks(tx, idsThatMustNotOverlap(ours))
    const planned = ours.flatMap((one) => runsOf(one, busy.has(one.schedule.id), now))
    const created = new Set(planned.map((run) => run.taskId))
    const entries = ours.flatMap(({ runs }) => runs.flatMap(({ entry }) => entry ?? []))
    const wanted = entries.filter(({ task }) => created.has(task.id))
    const stored = await options.creation.storeWithin(tx, wanted)
    const noted = planned.map((run) => ({ ...run, taskId: stored.get(run.taskId) ?? null }))
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
  entry: NewTask | null
  error: string | null
}

interface Plan extends Pick<DueRuns, 'missed' | 'next'> {
  schedule: ScheduleRecord
  runs: PlannedRun[]
}

const idsThatMustNotOverlap = (plans: readonly Plan[]): ScheduleId[] =>
  plans.flatMap(({ schedule }) => (schedule.overlap === 'skip' ? [schedule.id] : []))

/** What becomes of each run. Under `overlap: skip` one task at the most is made at once. */
const runsOf = ({ schedule, missed, runs }: Plan, isBusy: boolean, now: Date): ScheduleRun[] => {
  const base = {
    scheduleId: schedule.id,
    tenantId: schedule.tenantId,
    isManual: false,
    firedAt: now,
  }
  let isTaken = isBusy
  const fired = runs.map(({ dueAt, entry, error }): ScheduleRun => {
    const about = { ...base, dueAt, runs: 1 }
    if (entry === null || error !== null)
      return { ...about, outcome: 'failed', taskId: null, error: error ?? 'There is no task.' }
    if (schedule.overlap === 'skip' && isTaken)
      return { ...about, outcome: 'overlapped', taskId: null, error: null }
    isTaken = true
    return { ...about, outcome: 'created', taskId: entry.task.id, error: null }
  })
  if (missed === null) return fired
  const { latest: dueAt, count } = missed
  return [{ ...base, dueAt, runs: count, outcome: 'missed', taskId: null, error: null }, ...fired]
}
