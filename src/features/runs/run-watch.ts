import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { countStuck, markStuck } from './run-watch-store.ts'

const ROWS_PER_STEP = 500
const LOOK_MS_MAX = 60_000

export interface RunWatchOptions {
  db: Db
  clock: Clock
  metrics: Metrics
  logger: Logger
  /** A run that has not moved for so long is stuck, unless somebody or a clock is waited for. */
  stuckMs: number
}

export interface RunWatch {
  /** Looks once; answers how many runs were found stuck that were not before. */
  look(): Promise<number>
  close(): void
}

/** Finds runs that stand still and tells of them: an event, a warning in the log, a gauge. */
export const startRunWatch = (options: RunWatchOptions): RunWatch => {
  const { db, clock, metrics, logger, stuckMs } = options
  let timer: Timer | null = null
  let isClosed = false

  const look = async (): Promise<number> => {
    const now = clock.now()
    const since = new Date(now.getTime() - stuckMs)
    let found = 0
    for (let step = ROWS_PER_STEP; step === ROWS_PER_STEP && !isClosed; found += step)
      step = await db.transaction((tx) => markStuck(tx, { since, now, rowsMax: ROWS_PER_STEP }))
    if (found > 0) logger.warn('runs.stuck', { runs: found })
    metrics.stuckRuns.set(await countStuck(db))
    return found
  }
  const repeat = async (): Promise<void> => {
    try {
      await look()
    } catch (error) {
      logger.error('run_watch.look_failed', { error })
    }
    arm()
  }
  const arm = (): void => {
    if (!isClosed) timer = clock.after(Math.min(LOOK_MS_MAX, stuckMs), () => void repeat())
  }
  arm()

  return {
    look,
    close: () => {
      isClosed = true
      timer?.cancel()
    },
  }
}
