import type { Clock, Timer } from '#platform/clock.ts'
import type { TaskId } from '@cadre/contract'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { fingerprintOf } from './failure-fingerprint.ts'
import type { FailureJudge } from './failure-judge.ts'
import { endTasks, type TaskOwner } from './task-owner.ts'
import {
  findExpiredOfRuns,
  findOverrunAttempts,
  lockExpired,
  nextTimeLimit,
  writeExpiries,
  type ExpiredTask,
} from './time-limit-store.ts'

const ROWS_PER_SWEEP = 500
/** After a limit that is due was left because somebody else held its row. */
const RETRY_MS = 100

export interface TimeLimitOptions {
  db: Db
  clock: Clock
  judge: FailureJudge
  owner: TaskOwner
  logger: Logger
  metrics: Metrics
  /** Looks for limits at least this often: new tasks may have brought a nearer one. */
  sweepSeconds: number
}

export interface TimeLimits {
  /** One pass over what is due. Any number of processes may do this at once. */
  sweep(): Promise<void>
  close(): void
}

/**
 * Keeps the limits on a task's time. An attempt that ran for too long fails and is retried like any
 * other; a task that waited for too long, or took too long in all, goes to quarantine.
 */
export const createTimeLimits = (options: TimeLimitOptions): TimeLimits => {
  const { db, clock, judge, owner, logger, metrics } = options
  let timer: Timer | null = null
  let isClosed = false

  const expireWithin = async (tx: Tx, ofRuns?: readonly TaskId[]): Promise<TaskId[]> => {
    const now = clock.now()
    const which = { rowsMax: ROWS_PER_SWEEP, ...(ofRuns && { ofRuns }) }
    const tasks = await lockExpired(tx, now, which)
    return tasks.length === 0 ? [] : writeExpiries(tx, tasks.map(expiryOf), now)
  }
  const expireOrdinary = () => db.transaction((tx) => expireWithin(tx))
  const expireOfRuns = async (): Promise<TaskId[]> => {
    const due = await findExpiredOfRuns(db, clock.now(), ROWS_PER_SWEEP)
    if (due.size === 0) return []
    const runIds = [...new Set(due.values())]
    return endTasks(db, { owner, runIds }, async (tx) => {
      const answer = await expireWithin(tx, [...due.keys()])
      return { answer, ended: answer }
    })
  }
  const expireAll = async (expireSome: () => Promise<TaskId[]>) => {
    for (;;) {
      const expired = await expireSome()
      metrics.tasksQuarantined.inc({ category: 'timeout' }, expired.length)
      for (const taskId of expired) logger.warn('task.expired', { taskId })
      if (expired.length < ROWS_PER_SWEEP || isClosed) return
    }
  }
  const failOverrun = async () => {
    const overrun = await findOverrunAttempts(db, clock.now(), ROWS_PER_SWEEP)
    await Promise.all(
      overrun.map(({ timeoutMs, ...attempt }) =>
        judge({
          ...attempt,
          outcome: 'failed',
          category: 'timeout',
          error: `The attempt ran longer than its limit of ${seconds(timeoutMs)} (timeouts.execution_seconds).`,
          retryAfterMs: null,
          cost: null,
        }),
      ),
    )
  }
  /** The whole time first: what it ends needs no verdict on its attempt. */
  const sweep = async () => {
    await expireAll(expireOrdinary)
    await expireAll(expireOfRuns)
    await failOverrun()
  }
  const untilNext = async (): Promise<number> => {
    const sweepMs = options.sweepSeconds * 1_000
    const next = await nextTimeLimit(db)
    if (next === null) return sweepMs
    return Math.min(sweepMs, Math.max(RETRY_MS, next.getTime() - clock.now().getTime()))
  }
  const repeat = async () => {
    let delayMs = options.sweepSeconds * 1_000
    try {
      await sweep()
      delayMs = await untilNext()
    } catch (error) {
      logger.error('time_limits.sweep_failed', { error })
    }
    if (!isClosed) timer = clock.after(delayMs, () => void repeat())
  }
  timer = clock.after(options.sweepSeconds * 1_000, () => void repeat())

  return {
    sweep,
    close: () => {
      isClosed = true
      timer?.cancel()
    },
  }
}

const expiryOf = ({ taskId, limit, timeoutMs }: ExpiredTask) => {
  const error =
    limit === 'queue'
      ? `The task waited longer than its limit of ${seconds(timeoutMs)} for an agent (timeouts.queue_seconds).`
      : `The task took longer than its limit of ${seconds(timeoutMs)} in all (timeouts.total_seconds).`
  return { taskId, error, fingerprint: fingerprintOf('timeout', error) }
}

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`
