import type { FailureCategory } from '@cadre/contract'
import type { Random } from '#platform/random.ts'

/** What the policy needs to know of a task that failed. */
export interface FailedTask {
  /** Failures counted before this one. */
  retryCount: number
  maxRetries: number
  backoffBaseMs: number
  backoffCapMs: number
}

export interface Failure {
  category: FailureCategory
  /** The least wait that the failure itself asked for. */
  retryAfterMs: number | null
}

/** What becomes of a task whose holder gave it back unharmed: due at once, nothing counted. */
export const handBack = (task: FailedTask): Verdict => ({
  kind: 'retry',
  retryCount: task.retryCount,
  delayMs: 0,
})

export type Verdict =
  | { kind: 'retry'; retryCount: number; delayMs: number }
  | { kind: 'quarantine'; retryCount: number }

/** Trying again cannot help these. */
const HOPELESS: ReadonlySet<FailureCategory> = new Set<FailureCategory>([
  'permanent',
  'sandbox_violation',
  'budget_exceeded',
])

/** Decides what becomes of a task after one more failure (REQUIREMENTS T3, T4). */
export const judgeFailure = (task: FailedTask, failure: Failure, random: Random): Verdict => {
  const retryCount = task.retryCount + 1
  if (HOPELESS.has(failure.category) || retryCount >= task.maxRetries)
    return { kind: 'quarantine', retryCount }
  const backoffMs = jittered(backoffMsOf(task), random)
  return { kind: 'retry', retryCount, delayMs: Math.max(backoffMs, failure.retryAfterMs ?? 0) }
}

/** min(base · 2^retries, cap), in milliseconds. */
export const backoffMsOf = (task: Omit<FailedTask, 'maxRetries'>): number =>
  Math.min(task.backoffBaseMs * 2 ** task.retryCount, task.backoffCapMs)

/** Equal jitter: between half of the delay and the whole, so that no two failures march in step. */
const jittered = (delayMs: number, random: Random): number =>
  Math.round(delayMs / 2 + (delayMs / 2) * random.fraction())
