import { CadreError } from '@cadre/contract/client'
import type {
  Attempt,
  AttemptOutcome,
  ClaimedTask,
  FailureReport,
  Task,
  UpdateTaskStatus,
} from '@cadre/contract'
import { backoffMs, pause, type Backoff } from './backoff.ts'
import type { Cadre } from './cadre.ts'

export const REPORT_BACKOFF: Backoff = { baseMs: 200, capMs: 5_000 }
/** A result is worth some patience: Cadre may be restarting. Fencing makes late reports harmless. */
export const REPORT_PATIENCE_MS = 5 * 60_000

export interface ReportOptions {
  /** Number of the attempt reported on, from the claim. Default: the agent's latest. */
  attempt?: number
  /** Stops trying; what was sent may have arrived. */
  signal?: AbortSignal
  /** How long to try while Cadre does not answer. Default 5 minutes. */
  patienceMs?: number
}

/**
 * Claims (`IN_PROGRESS`), completes (`DONE`) or hands back (`TODO`) a task. A claim is sent once, for a repeated one
 * would find the task taken. A completion is repeated until it is answered, and counts as
 * delivered when the attempt turns out to be done already. Rejects with `CadreError` 409 when
 * another attempt holds the task.
 */
export const updateTaskStatus = async (
  cadre: Cadre,
  taskId: string,
  update: UpdateTaskStatus,
  options: ReportOptions = {},
): Promise<ClaimedTask> => {
  const send = () => cadre.tasks.updateStatus(taskId, update)
  if (update.new_status === 'IN_PROGRESS') return send()
  const outcome = update.new_status === 'DONE' ? 'done' : 'lost'
  return deliver(send, options, () =>
    taskIfReported(cadre, taskId, update.agent_id, [outcome], options),
  )
}

/** Reports a failed attempt, as safely as {@link updateTaskStatus} reports a completed one. */
export const reportFailure = (
  cadre: Cadre,
  taskId: string,
  report: FailureReport,
  options: ReportOptions = {},
): Promise<Task> =>
  deliver(
    () => cadre.tasks.reportFailure(taskId, report),
    options,
    () => taskIfReported(cadre, taskId, report.agent_id, ['failed'], options),
  )

/**
 * Sends until answered. Once a lost answer left a doubt, a refusal is checked against the facts:
 * `answerIfDelivered` resolves to something when the report counted after all.
 */
export const deliver = async <Answer>(
  send: () => Promise<Answer>,
  { signal, patienceMs = REPORT_PATIENCE_MS }: ReportOptions,
  answerIfDelivered: () => Promise<Answer | undefined>,
): Promise<Answer> => {
  const giveUpAt = performance.now() + patienceMs
  let isInDoubt = false
  for (let retry = 1; ; retry += 1) {
    try {
      return await send()
    } catch (error) {
      if (isRefusal(error)) {
        const answer = isInDoubt ? await answerIfDelivered() : undefined
        if (answer === undefined) throw error
        return answer
      }
      isInDoubt = true
      const waitMs = backoffMs(REPORT_BACKOFF, retry)
      if (signal?.aborted || performance.now() + waitMs > giveUpAt) throw error
      await pause(waitMs, signal)
      if (signal?.aborted) throw error
    }
  }
}

/** An answer that will not change; time-outs, limits and faults of the server may. */
export const isRefusal = (error: unknown): error is CadreError =>
  error instanceof CadreError &&
  error.status >= 400 &&
  error.status < 500 &&
  ![408, 425, 429].includes(error.status)

/** The task, when the attempt in question ended in one of these ways. */
export const taskIfReported = async (
  cadre: Cadre,
  taskId: string,
  agentId: string,
  outcomes: readonly AttemptOutcome[],
  options: ReportOptions,
): Promise<Task | undefined> => {
  const { items } = await cadre.tasks.attempts(taskId)
  const isOurs = (attempt: Attempt) =>
    options.attempt === undefined
      ? [attempt.agent_id as string, attempt.agent_name].includes(agentId)
      : attempt.attempt === options.attempt
  const ours = items.filter(isOurs).sort((a, b) => b.attempt - a.attempt)[0]
  return ours && outcomes.includes(ours.outcome) ? cadre.tasks.get(taskId) : undefined
}
