import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { deleteEventsBefore } from '#platform/events/event-store.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import { deleteFinishedBefore } from './task-query-store.ts'

const ROWS_PER_STEP = 1_000
const DAY_MS = 86_400_000

/** Removes some of what is from before a moment; answers how many rows went. */
type Removal = (before: Date, rowsMax: number) => Promise<number>

export interface RetentionOptions {
  db: Db
  clock: Clock
  logger: Logger
  /** Finished tasks with their attempts are kept for so long. */
  taskDays: number
  /** Events are kept for so long. */
  eventDays: number
  /** What was done and refused is kept for so long. */
  auditDays: number
  removeAudit: Removal
  sweepMinutes: number
  /** What other rooms keep for as long as finished tasks: each removes some, answers how many. */
  removeAlso?: readonly Removal[]
}

export interface Retention {
  /** Removes what is past its time, in small steps; answers how many tasks went. */
  sweep(): Promise<number>
  close(): void
}

/** Quarantined tasks are never removed: a person still has to look at them. */
export const createRetention = (options: RetentionOptions): Retention => {
  const { db, clock, logger } = options
  let timer: Timer | null = null
  let isClosed = false

  const before = (days: number) => new Date(clock.now().getTime() - days * DAY_MS)
  const removeAll = async (remove: Removal, days: number): Promise<void> => {
    for (let step = ROWS_PER_STEP; step === ROWS_PER_STEP && !isClosed;)
      step = await remove(before(days), ROWS_PER_STEP)
  }
  const sweep = async () => {
    let removed = 0
    for (let step = ROWS_PER_STEP; step === ROWS_PER_STEP && !isClosed; removed += step)
      step = await deleteFinishedBefore(db, before(options.taskDays), ROWS_PER_STEP)
    for (let step = ROWS_PER_STEP; step === ROWS_PER_STEP && !isClosed;)
      step = await deleteEventsBefore(db, before(options.eventDays), ROWS_PER_STEP)
    for (const remove of options.removeAlso ?? []) await removeAll(remove, options.taskDays)
    await removeAll(options.removeAudit, options.auditDays)
    return removed
  }
  const repeat = async () => {
    try {
      const removed = await sweep()
      if (removed > 0) logger.info('retention.tasks_removed', { removed })
    } catch (error) {
      logger.error('retention.sweep_failed', { error })
    }
    if (!isClosed) timer = clock.after(options.sweepMinutes * 60_000, () => void repeat())
  }
  timer = clock.after(options.sweepMinutes * 60_000, () => void repeat())

  return {
    sweep,
    close: () => {
      isClosed = true
      timer?.cancel()
    },
  }
}
