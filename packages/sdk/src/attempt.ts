import type { ClaimedTask, Json } from '@cadre/contract'
import type { Cadre } from './cadre.ts'
import { failureOf, type Failure } from './failures.ts'
import { holdLease } from './lease.ts'
import { isRefusal, reportFailure, updateTaskStatus } from './reports.ts'
import {
  costCounter,
  LeaseLostError,
  progressReporter,
  ShuttingDownError,
  TaskCancelledError,
  type Reporter,
  type TaskContext,
  type TaskHandler,
} from './task-context.ts'

/**
 * `lost`: the task runs elsewhere or has ended, so nothing was reported. `unreported`: Cadre did
 * not answer; the lease runs out and the task is due again.
 */
export type AttemptEnd =
  | { outcome: 'completed' | 'lost' }
  | { outcome: 'failed' | 'cancelled' | 'handed_back' | 'unreported'; error: unknown }

export interface AttemptOptions {
  cadre: Cadre
  agentId: string
  leaseSeconds: number
  handler: TaskHandler
  traceparent: string | null
  /** The consumer's grace is over: hand the task back now. */
  shutdown: AbortSignal
}

/** Runs the handler on a claimed task under a renewed lease, and reports how it ended. */
export const runAttempt = async (
  task: ClaimedTask,
  options: AttemptOptions,
): Promise<AttemptEnd> => {
  const { cadre, leaseSeconds } = options
  const reporter: Reporter = { agent_id: options.agentId, attempt_token: task.attempt_token }
  const work = new AbortController()
  const cost = costCounter()
  using lease = holdLease({
    leaseMs: leaseSeconds * 1000,
    beat: () => cadre.tasks.heartbeat(task.id, { ...reporter, lease_seconds: leaseSeconds }),
    onCancelRequested: () => work.abort(new TaskCancelledError('The task was cancelled.')),
    onLost: () => work.abort(new LeaseLostError('The lease on the task was lost.')),
  })
  const context: TaskContext = {
    attempt: task.attempt,
    traceparent: options.traceparent,
    signal: work.signal,
    progress: progressReporter({ cadre, taskId: task.id, reporter, onRefused: lease.lose }),
    addCost: cost.add,
  }

  const handled = endingOf(async () => options.handler(task, context))
  const ending = await orShutdown(handled, options.shutdown)
  if (ending.kind === 'shutdown') work.abort(ending.error)
  if (work.signal.reason instanceof LeaseLostError) return { outcome: 'lost' }
  const isCancelled = work.signal.reason instanceof TaskCancelledError
  return report(ending, { ...options, task, reporter, isCancelled, cost: cost.total() })
}

type Ending =
  | { kind: 'returned'; result: Json | undefined }
  | { kind: 'threw'; error: unknown }
  | { kind: 'shutdown'; error: ShuttingDownError }

const endingOf = async (run: () => Promise<Json | void>): Promise<Ending> => {
  try {
    return { kind: 'returned', result: (await run()) ?? undefined }
  } catch (error) {
    return { kind: 'threw', error }
  }
}

/** A handler may ignore its signal; handing its task back must not wait for that. */
const orShutdown = (handled: Promise<Ending>, shutdown: AbortSignal): Promise<Ending> =>
  new Promise((resolve) => {
    const handBack = () =>
      resolve({ kind: 'shutdown', error: new ShuttingDownError('The agent is shutting down.') })
    shutdown.addEventListener('abort', handBack)
    if (shutdown.aborted) handBack()
    void handled.then((ending) => {
      shutdown.removeEventListener('abort', handBack)
      resolve(ending)
    })
  })

interface Report extends AttemptOptions {
  task: ClaimedTask
  reporter: Reporter
  isCancelled: boolean
  cost: string | undefined
}

const report = async (ending: Ending, to: Report): Promise<AttemptEnd> => {
  try {
    if (ending.kind === 'returned') return await reportResult(ending.result, to)
    if (ending.kind === 'shutdown') {
      await fail(to, failureOf(ending.error))
      return { outcome: 'handed_back', error: ending.error }
    }
    await fail(to, to.isCancelled ? cancellationOf(ending.error) : failureOf(ending.error))
    return { outcome: to.isCancelled ? 'cancelled' : 'failed', error: ending.error }
  } catch (error) {
    // 404 and 409: the claim is stale. Cadre has moved on and needs nothing from this attempt.
    return isRefusal(error) ? { outcome: 'lost' } : { outcome: 'unreported', error }
  }
}

const reportResult = async (result: Json | undefined, to: Report): Promise<AttemptEnd> => {
  const update = { ...to.reporter, new_status: 'DONE' as const, result, cost: to.cost }
  try {
    await updateTaskStatus(to.cadre, to.task.id, update, deliveryOf(to))
    return { outcome: 'completed' }
  } catch (error) {
    // A result that Cadre cannot take (too large, not storable) will not get better by a retry.
    if (!isRefusal(error) || ![400, 413, 422].includes(error.status)) throw error
    await fail(to, {
      error_message: `Cadre refused the result: ${error.message}`,
      category: 'permanent',
    })
    return { outcome: 'failed', error }
  }
}

const fail = (to: Report, failure: Failure) =>
  reportFailure(to.cadre, to.task.id, { ...to.reporter, ...failure, cost: to.cost }, deliveryOf(to))

const deliveryOf = (to: Report) => ({ attempt: to.task.attempt, signal: to.shutdown })

const cancellationOf = (thrown: unknown): Failure => ({
  error_message: `Cancelled: ${failureOf(thrown).error_message}`,
  category: 'permanent',
})
