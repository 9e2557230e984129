import type { Assignment, Json } from '@cadre/contract'
import type { Cadre } from './cadre.ts'
import { isRefusal } from './reports.ts'

/** The reason of `context.signal` when somebody cancelled the task. */
export class TaskCancelledError extends Error {
  override readonly name = 'TaskCancelledError'
}
/** The reason of `context.signal` when the attempt no longer holds the task. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
}
/** The reason of `context.signal` when the consumer stopped and its grace is over. */
export class ShuttingDownError extends Error {
  override readonly name = 'ShuttingDownError'
}

export interface TaskContext {
  /** Counts the attempts of this task, from 1. */
  readonly attempt: number
  /** W3C trace context of the task's creator, to hand on to what the handler calls. */
  readonly traceparent: string | null
  /**
   * Aborts when the work has become pointless; the reason is a {@link TaskCancelledError},
   * {@link LeaseLostError} or {@link ShuttingDownError}.
   */
  readonly signal: AbortSignal
  /** Shows how far the work is: a fraction of 1, and a line for people. Returns at once. */
  progress(fraction: number, message?: string): void
  /** Adds US dollars to what this attempt has cost, which is reported with its outcome. */
  addCost(dollars: number): void
}

/** What it returns becomes the task's result; what it throws, the failure. */
export type TaskHandler = (
  task: Assignment,
  context: TaskContext,
) => Promise<Json | void> | Json | void

/** Who reports, and for which claim: goes with every report. */
export interface Reporter {
  agent_id: string
  attempt_token: string | undefined
}

interface Progress {
  fraction: number
  message?: string
}

/**
 * Sends the latest progress, one report at a time: a handler may report as often as it likes
 * and never waits. Reports overtaken while one was under way are left out.
 */
export const progressReporter = (options: {
  cadre: Cadre
  taskId: string
  reporter: Reporter
  onRefused: () => void
}): TaskContext['progress'] => {
  let next: Progress | undefined
  let isSending = false
  const drain = async () => {
    isSending = true
    while (next) {
      const body = { ...options.reporter, ...next }
      next = undefined
      await options.cadre.tasks.progress(options.taskId, body).catch((error: unknown) => {
        // Progress is a courtesy: only a stale token means something for the work.
        if (isRefusal(error) && error.status === 409) options.onRefused()
      })
    }
    isSending = false
  }
  return (fraction, message) => {
    next = { fraction: Math.min(Math.max(fraction, 0), 1), message: message?.slice(0, 1_000) }
    if (!isSending) void drain()
  }
}

/** Adds in millionths, so that a thousand small amounts lose nothing to floating point. */
export const costCounter = () => {
  let millionths = 0
  return {
    add: (dollars: number): void => {
      if (!(dollars >= 0)) throw new RangeError('A cost must not be negative.')
      millionths += Math.round(dollars * 1e6)
    },
    /** Undefined where nothing was added, so that Cadre sets the agent's price. */
    total: (): string | undefined => (millionths === 0 ? undefined : (millionths / 1e6).toFixed(6)),
  }
}
