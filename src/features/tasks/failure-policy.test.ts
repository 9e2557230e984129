import { BackoffJitter, BackoffKind, FailureCategory } from '@cadre/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '#platform/random.ts'
import { backoffMsOf, handBack, judgeFailure, type FailedTask } from './failure-policy.ts'

const task = fc.record({
  retryCount: fc.nat(200),
  maxRetries: fc.nat(200),
  backoffBaseMs: fc.nat(3_600_000),
  backoffCapMs: fc.nat(86_400_000),
  backoffKind: fc.constantFrom(...BackoffKind.options),
  backoffJitter: fc.constantFrom(...BackoffJitter.options),
  noRetryOn: fc.constant([]),
})
const anyTask: FailedTask = {
  retryCount: 0,
  maxRetries: 100,
  backoffBaseMs: 5_000,
  backoffCapMs: 300_000,
  backoffKind: 'exponential',
  backoffJitter: 'equal',
  noRetryOn: [],
}
const patient = ['retriable', 'rate_limited', 'timeout'] as const
const hopeless = FailureCategory.options.filter((name) => !patient.some((other) => other === name))

const backoffsOf = (backoffKind: BackoffKind) =>
  Array.from({ length: 8 }, (_, retryCount) => backoffMsOf({ ...anyTask, backoffKind, retryCount }))

test('backoff: exponential → doubles from the base on and stays at the cap', () => {
  expect(backoffsOf('exponential')).toEqual([
    5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
  ])
})

test('backoff: linear → one base more each time', () => {
  expect(backoffsOf('linear')).toEqual([
    5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000,
  ])
})

test('backoff: fixed → always the base', () => {
  expect(new Set(backoffsOf('fixed'))).toEqual(new Set([5_000]))
})

test('backoff: of any kind → finite, never shorter than before, never past the cap', () => {
  fc.assert(
    fc.property(task, (failed) => {
      const [before, after] = [failed, { ...failed, retryCount: failed.retryCount + 1 }].map(
        backoffMsOf,
      ) as [number, number]
      expect(after).toBeGreaterThanOrEqual(before)
      expect(after).toBeLessThanOrEqual(failed.backoffCapMs)
    }),
  )
})

const CERTAIN_PART = { equal: 0.5, full: 0, none: 1 } as const

test('judge: any failure that may be tried again → due between its certain part and the whole backoff', () => {
  fc.assert(
    fc.property(task, fc.constantFrom(...patient), fc.integer(), (failed, category, seed) => {
      const verdict = judgeFailure(failed, { category, retryAfterMs: null }, seededRandom(seed))
      expect(verdict.retryCount).toBe(failed.retryCount + 1)
      const isLast = failed.retryCount + 1 >= failed.maxRetries
      expect(verdict.kind).toBe(isLast ? 'quarantine' : 'retry')
      if (verdict.kind !== 'retry') return
      const backoffMs = backoffMsOf(failed)
      const leastMs = Math.floor(backoffMs * CERTAIN_PART[failed.backoffJitter])
      expect(verdict.delayMs).toBeGreaterThanOrEqual(leastMs)
      expect(verdict.delayMs).toBeLessThanOrEqual(Math.min(backoffMs, failed.backoffCapMs))
      expect(Number.isInteger(verdict.delayMs)).toBe(true)
    }),
  )
})

test('judge: lost before it ever failed → due at once; lost later → as any failure', () => {
  fc.assert(
    fc.property(task, fc.integer(), (failed, seed) => {
      const failure = { category: 'timeout' as const, retryAfterMs: null }
      const lost = judgeFailure(failed, { ...failure, isLost: true }, seededRandom(seed))
      const reported = judgeFailure(failed, failure, seededRandom(seed))
      expect(lost.kind).toBe(reported.kind)
      if (lost.kind !== 'retry') return
      expect(lost).toEqual(failed.retryCount === 0 ? { ...lost, delayMs: 0 } : reported)
    }),
  )
})

const FAILURES = 1_000
const delaysOf = (failed: FailedTask, seed: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: FAILURES }, () => {
    const verdict = judgeFailure(failed, { category: 'retriable', retryAfterMs: null }, random)
    return verdict.kind === 'retry' ? verdict.delayMs : Number.NaN
  })
}

/** Kolmogorov–Smirnov distance of a sample from the uniform distribution over [low, high]. */
const distanceFromUniform = (sample: readonly number[], low: number, high: number): number =>
  Math.max(
    ...[...sample]
      .sort((a, b) => a - b)
      .map((value, index) => {
        const expected = (value - low) / (high - low)
        return Math.max(
          Math.abs(expected - index / sample.length),
          Math.abs(expected - (index + 1) / sample.length),
        )
      }),
  )
/** A uniform sample of this size lies farther off in one of a million cases. */
const DISTANCE_MAX = 2.7 / Math.sqrt(FAILURES)

test.each([
  ['equal', 20_000, 40_000],
  ['full', 0, 40_000],
] as const)(
  'judge: 1,000 failures at once, %s jitter → spread evenly, no second gets twice its share',
  (backoffJitter, low, high) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const delays = delaysOf({ ...anyTask, retryCount: 3, backoffJitter }, seed)
        expect(distanceFromUniform(delays, low, high)).toBeLessThan(DISTANCE_MAX)
        const bySecond = Map.groupBy(delays, (delayMs) => Math.floor(delayMs / 1_000))
        const shareOfSecond = FAILURES / ((high - low) / 1_000)
        const busiest = Math.max(...[...bySecond.values()].map((due) => due.length))
        expect(busiest).toBeLessThan(2 * shareOfSecond + 10)
      }),
      { numRuns: 50 },
    )
  },
)

test('judge: no jitter → all due after exactly the backoff', () => {
  const delays = delaysOf({ ...anyTask, retryCount: 3, backoffJitter: 'none' }, 1)
  expect(new Set(delays)).toEqual(new Set([40_000]))
})

test('judge: rate limited → not before the wait that was asked for, even past the cap', () => {
  fc.assert(
    fc.property(task, fc.nat(86_400_000), fc.integer(), (failed, retryAfterMs, seed) => {
      const failure = { category: 'rate_limited', retryAfterMs } as const
      const verdict = judgeFailure({ ...failed, maxRetries: 1_000 }, failure, seededRandom(seed))
      if (verdict.kind !== 'retry') throw new Error('rate limits are waited out')
      expect(verdict.delayMs).toBeGreaterThanOrEqual(retryAfterMs)
      const without = judgeFailure(
        { ...failed, maxRetries: 1_000 },
        { ...failure, retryAfterMs: null },
        seededRandom(seed),
      )
      expect(verdict).toEqual({
        ...without,
        delayMs: Math.max(retryAfterMs, 'delayMs' in without ? without.delayMs : 0),
      })
    }),
  )
})

test.each(hopeless)('judge: %s → quarantined at once, whatever the policy', (category) => {
  fc.assert(
    fc.property(task, fc.integer(), (failed, seed) => {
      expect(judgeFailure(failed, { category, retryAfterMs: 5 }, seededRandom(seed))).toEqual({
        kind: 'quarantine',
        retryCount: failed.retryCount + 1,
      })
    }),
  )
})

test('judge: a category that the task is not retried on → quarantined at once, the others are not', () => {
  const category = fc.constantFrom(...FailureCategory.options)
  fc.assert(
    fc.property(fc.uniqueArray(category), category, (noRetryOn, failedBy) => {
      const failure = { category: failedBy, retryAfterMs: null }
      const { kind } = judgeFailure({ ...anyTask, noRetryOn }, failure, seededRandom(1))
      const isFinal = noRetryOn.includes(failedBy) || hopeless.some((other) => other === failedBy)
      expect(kind).toBe(isFinal ? 'quarantine' : 'retry')
    }),
  )
})

test('hand back: nothing counted, due at once', () => {
  fc.assert(
    fc.property(task, (held) => {
      expect(handBack(held)).toEqual({ kind: 'retry', retryCount: held.retryCount, delayMs: 0 })
    }),
  )
})
