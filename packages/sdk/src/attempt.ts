import type { Assignment, AttemptOutcome, AttemptStop, Json } from '@cadre/contract'
import type { Cadre } from './cadre.ts'
import { failureOf, type Failure } from './failures.ts'
import { holdLease } from './lease.ts'
import { deliver, isRefusal, taskIfReported } from './reports.ts'
import type { HeldTask, TaskCalls } from './task-calls.ts'
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
 * `cancelled` and `lost`: the task has ended or runs elsewhere, so nothing was reported.
 * `unreported`: Cadre did not answer; the lease runs out and the task is due again.
 */
export type AttemptEnd =
  | { outcome: 'completed' | 'cancelled' | 'lost' }
  | { outcome: 'failed' | 'handed_back' | 'unreported'; error: unknown }

export interface AttemptOptions {
  cadre: Cadre
  calls: TaskCalls
  agentId: string
  leaseSeconds: number
  handler: TaskHandler
  traceparent: string | null
  /** The consumer's grace is over: hand the task back now. */
  shutdown: AbortSignal
  /** Aborts when Cadre says that the attempt counts no longer, with an `AttemptStop`. */
  stopped?: AbortSignal
}

/** Runs the handler on a claimed task under a renewed lease, and reports how it ended. */
export const runAttempt = async (
  task: Assignment,
  options: AttemptOptions,
): Promise<AttemptEnd> => {
  const { cadre, calls, leaseSeconds } = options
  const { attempt_token } = task
  const reporter: Reporter = { agent_id: options.agentId, attempt_token }
  const held: HeldTask = { task_id: task.id, attempt_token }
  const work = new AbortController()
  const cost = costCounter()
  using lease = holdLease({
    leaseMs: leaseSeconds * 1000,
    beat: () => calls.heartbeat({ ...held, lease_seconds: leaseSeconds }),
    onLost: (how) => {
      if (how === 'expired') work.abort(leaseLost())
      else void whyRefused(cadre, task.id).then((reason) => work.abort(reason))
    },
  })
  const context: TaskContext = {
    attempt: task.attempt,
    traceparent: options.traceparent,
    signal: work.signal,
    progress: progressReporter({ cadre, taskId: task.id, reporter, onRefused: lease.refused }),
    addCost: cost.add,
  }

  onAbort(options.stopped, (stop: AttemptStop) => {
    lease[Symbol.dispose]()
    work.abort(stop.reason === 'cancelled' ? taskCancelled() : leaseLost())
  })
  const handled = endingOf(async () => options.handler(task, context))
  const ending = await orShutdown(handled, options.shutdown)
  if (ending.kind === 'shutdown') work.abort(ending.error)
  if (work.signal.reason instanceof LeaseLostError) return { outcome: 'lost' }
  if (work.signal.reason instanceof TaskCancelledError) return { outcome: 'cancelled' }
  return report(ending, { ...options, task, held, cost: cost.total() })
}

const onAbort = (signal: AbortSignal | undefined, act: (reason: AttemptStop) => void): void => {
  if (signal?.aborted) act(signal.reason)
  else signal?.addEventListener('abort', () => act(signal.reason), { once: true })
}

const taskCancelled = () => new TaskCancelledError('The task was cancelled.')

const leaseLost = () => new LeaseLostError('The lease on the task was lost.')

/** The claim counts no longer: somebody cancelled the task, or it was due again too early for us. */
const whyRefused = async (cadre: Cadre, taskId: string): Promise<Error> => {
  const task = await cadre.tasks.get(taskId).catch(() => undefined)
  return task?.status === 'CANCELLED' ? taskCancelled() : leaseLost()
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
  task: Assignment
  held: HeldTask
  cost: string | undefined
}

const report = async (ending: Ending, to: Report): Promise<AttemptEnd> => {
  try {
    if (ending.kind === 'returned') return await reportResult(ending.result, to)
    if (ending.kind === 'shutdown') {
      await handBack(to)
      return { outcome: 'handed_back', error: ending.error }
    }
    await fail(to, failureOf(ending.error))
    return { outcome: 'failed', error: ending.error }
  } catch (error) {
    // 404 and 409: the claim is stale. Cadre has moved on and needs nothing from this attempt.
    return isRefusal(error) ? { outcome: 'lost' } : { outcome: 'unreported', error }
  }
}

const reportResult = async (result: Json | undefined, to: Report): Promise<AttemptEnd> => {
  try {
    await delivered(to, 'done', () => to.calls.complete({ ...to.held, result, cost: to.cost }))
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

/** Unharmed: the task is due again at once, and no retry is counted. */
const handBack = (to: Report) =>
  delivered(to, 'lost', () => to.calls.handBack({ ...to.held, cost: to.cost }))

const fail = (to: Report, failure: Failure) =>
  delivered(to, 'failed', () => to.calls.fail({ ...to.held, ...failure, cost: to.cost }))

const delivered = async (
  to: Report,
  outcome: AttemptOutcome,
  send: () => Promise<void>,
): Promise<void> => {
  const options = { attempt: to.task.attempt, signal: to.shutdown }
  const isReported = () => taskIfReported(to.cadre, to.task.id, to.agentId, [outcome], options)
  await deliver<unknown>(() => send().then(() => true), options, isReported)
}
