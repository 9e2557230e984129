import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import { NO_SUSPENDED_TENANTS, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import { nextDueAt, SCHEDULES_CHANNEL } from './schedule-store.ts'
import type { ScheduleSweep } from './schedule-sweep.ts'

/** After rows that are due were left because another process held them. */
const CONTENDED_MS = 250

export interface ScheduleFiringOptions {
  db: Db
  clock: Clock
  logger: Logger
  sweep: ScheduleSweep
  /** Whose schedules wait. Default: nobody's. */
  suspended?: SuspendedTenants
  /** Looks for due schedules even when no wake-up came: after the machine slept, timers are late. */
  sweepSeconds: number
}

export interface ScheduleFiring {
  close(): Promise<void>
}

/** Sweeps at the next due time, and whenever schedules change. */
export const createScheduleFiring = async (
  options: ScheduleFiringOptions,
): Promise<ScheduleFiring> => {
  const { db, clock, logger, suspended = NO_SUSPENDED_TENANTS } = options
  const sweepMs = options.sweepSeconds * 1_000
  let timer: Timer | null = null
  let running: Promise<void> | null = null
  let isStale = false
  let isClosed = false

  const startTimer = (delayMs: number) => {
    timer?.cancel()
    if (!isClosed) timer = clock.after(delayMs, wake)
  }
  const sleep = async () => {
    const next = await nextDueAt(db, suspended.ids())
    const untilMs = next === null ? sweepMs : next.getTime() - clock.now().getTime()
    startTimer(untilMs <= 0 ? CONTENDED_MS : Math.min(untilMs, sweepMs))
  }
  const run = async () => {
    try {
      while (isStale && !isClosed) {
        isStale = false
        await options.sweep()
        if (!isStale) await sleep()
      }
    } catch (error) {
      logger.error('schedule.sweep_failed', { error })
      startTimer(sweepMs)
    }
  }
  const wake = () => {
    isStale = true
    if (isClosed || running !== null) return
    running = run().finally(() => {
      running = null
      if (isStale && !isClosed) wake()
    })
  }

  const unlisten = await db.listen(SCHEDULES_CHANNEL, wake)
  const stopFollowing = suspended.onChange(wake)
  wake()
  return {
    close: async () => {
      isClosed = true
      timer?.cancel()
      stopFollowing()
      await unlisten()
      await running
    },
  }
}
