import type { BackoffJitter, BackoffKind, FailureCategory } from '@cadre/contract'
import type { Random } from '#platform/random.ts'

/** What the policy needs to know of a task that failed. */
export interface FailedTask {
  /** Failures counted before this one. */
  retryCount: number
  maxRetries: number
  backoffBaseMs: number
  backoffCapMs: number
  backoffKind: BackoffKind
  backoffJitter: BackoffJitter
  /** Categories of the task's own choice that are not tried again. */
  noRetryOn: readonly FailureCategory[]
}

export interface Failure {
  category: FailureCategory
  /** The least wait that the failure itself asked for. */
  retryAfterMs: number | null
  /** Nobody reported: its holder is gone. Default false. */
  isLost?: boolean
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

/**
 * Decides what becomes of a task after one more failure (REQUIREMENTS T3, T4). One that was lost
 * before it ever failed is due at once: its holder went, which says nothing against the work. From
 * then on it waits as others do, for it may be what its holders die of.
 */
export const judgeFailure = (task: FailedTask, failure: Failure, random: Random): Verdict => {
  const retryCount = task.retryCount + 1
  if (isFinal(task, failure.category) || retryCount >= task.maxRetries)
    return { kind: 'quarantine', retryCount }
  const isFirstLoss = failure.isLost === true && task.retryCount === 0
  const backoffMs = isFirstLoss ? 0 : jittered(backoffMsOf(task), task.backoffJitter, random)
  return { kind: 'retry', retryCount, delayMs: Math.max(backoffMs, failure.retryAfterMs ?? 0) }
}

const isFinal = (task: FailedTask, category: FailureCategory): boolean =>
  HOPELESS.has(category) || task.noRetryOn.includes(category)

type Backoff = Pick<FailedTask, 'retryCount' | 'backoffBaseMs' | 'backoffCapMs' | 'backoffKind'>

/** The delay before jitter in milliseconds: growing as its kind says, the cap at the most. */
export const backoffMsOf = (task: Backoff): number =>
  Math.min(task.backoffBaseMs * GROWTH[task.backoffKind](task.retryCount), task.backoffCapMs)

/** How often the base, by the failures counted before. */
const GROWTH: Readonly<Record<BackoffKind, (retryCount: number) => number>> = {
  exponential: (retryCount) => 2 ** retryCount,
  linear: (retryCount) => retryCount + 1,
  fixed: () => 1,
}

/** What part of a delay is certain; chance decides over the rest, so that none march in step. */
const CERTAIN: Readonly<Record<BackoffJitter, number>> = { equal: 0.5, full: 0, none: 1 }

const jittered = (delayMs: number, jitter: BackoffJitter, random: Random): number => {
  const certainMs = delayMs * CERTAIN[jitter]
  return Math.round(certainMs + (delayMs - certainMs) * random.fraction())
}
