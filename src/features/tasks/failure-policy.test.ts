import { FailureCategory } from '@cadre/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '#platform/random.ts'
import { backoffMsOf, handBack, judgeFailure } from './failure-policy.ts'

const task = fc.record({
  retryCount: fc.nat(200),
  maxRetries: fc.nat(200),
  backoffBaseMs: fc.nat(3_600_000),
  backoffCapMs: fc.nat(86_400_000),
})
const patient = ['retriable', 'rate_limited', 'timeout'] as const
const hopeless = FailureCategory.options.filter((name) => !patient.some((other) => other === name))

test('backoff: doubles from the base on and stays at the cap', () => {
  const backoffs = Array.from({ length: 8 }, (_, retryCount) =>
    backoffMsOf({ retryCount, backoffBaseMs: 5_000, backoffCapMs: 300_000 }),
  )
  expect(backoffs).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
})

test('judge: any failure that may be tried again → due within half and the whole backoff', () => {
  fc.assert(
    fc.property(task, fc.constantFrom(...patient), fc.integer(), (failed, category, seed) => {
      const verdict = judgeFailure(failed, { category, retryAfterMs: null }, seededRandom(seed))
      expect(verdict.retryCount).toBe(failed.retryCount + 1)
      const isLast = failed.retryCount + 1 >= failed.maxRetries
      expect(verdict.kind).toBe(isLast ? 'quarantine' : 'retry')
      if (verdict.kind !== 'retry') return
      const backoffMs = backoffMsOf(failed)
      expect(verdict.delayMs).toBeGreaterThanOrEqual(Math.floor(backoffMs / 2))
      expect(verdict.delayMs).toBeLessThanOrEqual(Math.min(backoffMs, failed.backoffCapMs))
      expect(Number.isInteger(verdict.delayMs)).toBe(true)
    }),
  )
})

test('judge: two failures at once → not due in step', () => {
  const failed = { retryCount: 3, maxRetries: 9, backoffBaseMs: 5_000, backoffCapMs: 300_000 }
  const random = seededRandom(7)
  const delays = Array.from({ length: 100 }, () => {
    const verdict = judgeFailure(failed, { category: 'retriable', retryAfterMs: null }, random)
    return verdict.kind === 'retry' ? verdict.delayMs : 0
  })
  expect(new Set(delays).size).toBeGreaterThan(90)
})

test('judge: asked for a longer wait → that wait, even past the cap', () => {
  const failed = { retryCount: 0, maxRetries: 3, backoffBaseMs: 5_000, backoffCapMs: 10_000 }
  const judged = (retryAfterMs: number) =>
    judgeFailure(failed, { category: 'rate_limited', retryAfterMs }, seededRandom(1))
  expect(judged(60_000)).toEqual({ kind: 'retry', retryCount: 1, delayMs: 60_000 })
  expect(judged(1)).toMatchObject({ delayMs: expect.any(Number) })
  expect(judged(1)).not.toMatchObject({ delayMs: 1 })
})

test.each(hopeless)('judge: %s → quarantined at once', (category) => {
  const failed = { retryCount: 0, maxRetries: 100, backoffBaseMs: 1, backoffCapMs: 1 }
  expect(judgeFailure(failed, { category, retryAfterMs: 5 }, seededRandom(1))).toEqual({
    kind: 'quarantine',
    retryCount: 1,
  })
})

test('hand back: nothing counted, due at once', () => {
  fc.assert(
    fc.property(task, (held) => {
      expect(handBack(held)).toEqual({ kind: 'retry', retryCount: held.retryCount, delayMs: 0 })
    }),
  )
})
