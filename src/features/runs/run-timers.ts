import type { RunId } from '@cadre/contract'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { RunMover } from './run-mover.ts'
import {
  findDueRuns,
  findDueSteps,
  nextDue,
  RUN_TIMERS_CHANNEL,
  type DueStep,
} from './run-timer-store.ts'
import { endSteps, type StepEnd } from './step-store.ts'
import { stepOf } from './step-start.ts'
import type { RunInHand } from './run-in-hand.ts'

const ROWS_PER_SWEEP = 200

export interface RunTimerOptions {
  db: Db
  clock: Clock
  mover: RunMover
  logger: Logger
  /** Looks at least this often. */
  sweepSeconds: number
}

export interface RunTimers {
  /** One pass over what is due. Any number of processes may do this at once. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/** Ends delays, deadlines of approvals, waits for signals, and runs that took too long. */
export const startRunTimers = async (options: RunTimerOptions): Promise<RunTimers> => {
  const { db, clock, mover, logger } = options
  let timer: Timer | null = null
  let isClosed = false

  const endDueSteps = async (): Promise<number> => {
    const due = await findDueSteps(db, clock.now(), ROWS_PER_SWEEP)
    if (due.length === 0) return 0
    await mover.move(distinct(due.map(({ runId }) => runId)), async (move, tx, now) => {
      const ends = due.flatMap((step) => {
        const run = move.runs.get(step.runId)
        return run === undefined ? [] : [endOf(run, step)]
      })
      await move.settle(await endSteps(tx, ends, now))
    })
    return due.length
  }
  const endDueRuns = async (): Promise<number> => {
    const due = await findDueRuns(db, clock.now(), ROWS_PER_SWEEP)
    if (due.length === 0) return 0
    await mover.move(due, async (move) => {
      for (const run of move.runs.values())
        move.decide(run, {
          outcome: 'FAILED',
          error: 'The run took longer than its limit (timeout_seconds).',
          failedStep: null,
          isUndone: run.workflow.isSaga,
        })
    })
    return due.length
  }
  const sweep = async (): Promise<void> => {
    while (!isClosed && (await endDueSteps()) === ROWS_PER_SWEEP);
    while (!isClosed && (await endDueRuns()) === ROWS_PER_SWEEP);
  }
  const untilNext = async (): Promise<number> => {
    const sweepMs = options.sweepSeconds * 1_000
    const next = await nextDue(db)
    if (next === null) return sweepMs
    return Math.min(sweepMs, Math.max(1, next.getTime() - clock.now().getTime()))
  }
  const repeat = async (): Promise<void> => {
    let delayMs = options.sweepSeconds * 1_000
    try {
      await sweep()
      delayMs = await untilNext()
    } catch (error) {
      logger.error('run_timers.sweep_failed', { error })
    }
    arm(delayMs)
  }
  const arm = (delayMs: number): void => {
    timer?.cancel()
    if (!isClosed) timer = clock.after(delayMs, () => void repeat())
  }
  const stopListening = await db.listen(RUN_TIMERS_CHANNEL, () => arm(1))
  arm(1)

  return {
    sweep,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await stopListening()
    },
  }
}

const endOf = (run: RunInHand, due: DueStep): StepEnd => {
  const { action } = stepOf(run, due.step).step
  const end = { id: due.id, output: null, error: null, category: null, cost: null, decision: null }
  if (action.kind === 'signal')
    return {
      ...end,
      status: 'FAILED',
      error: `No signal ${action.signal} came in time.`,
      category: 'timeout',
    }
  if (action.kind !== 'approval') return { ...end, status: 'DONE' }
  const output = {
    approved: action.onDeadline === 'approve',
    by: null,
    comment: 'The deadline passed.',
  }
  return output.approved
    ? { ...end, status: 'DONE', output }
    : { ...end, status: 'FAILED', output, error: 'Nobody decided in time.', category: 'timeout' }
}

const distinct = (runIds: readonly RunId[]): RunId[] => [...new Set(runIds)]
