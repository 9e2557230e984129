import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RateDecision, RateLimits, RateRequest } from '#platform/cache/shared-state.ts'
import { createMemoryState } from '#platform/cache/memory-state.ts'
import { manualClock } from '#platform/clock.ts'
import { CACHE_ADAPTERS } from './cache-adapters.ts'

// What two processes that share a Redis let through together.

const redis = CACHE_ADAPTERS.find(({ name }) => name === 'Redis')

interface Grant {
  atMs: number
  cost: number
}

/** The most that passed in any window beyond what burst and rate allow; at most 0 keeps the limit. */
const excessOf = (grants: readonly Grant[], { burst, perSecond }: RateRequest): number => {
  let worst = -burst
  for (const [first, { atMs: fromMs }] of grants.entries()) {
    let passed = 0
    for (const { atMs, cost } of grants.slice(first)) {
      passed += cost
      worst = Math.max(worst, passed - burst - ((atMs - fromMs) / 1_000) * perSecond)
    }
  }
  return worst
}

const rounds = fc.array(
  fc.record({
    pauseMs: fc.integer({ min: 0, max: 700 }),
    /** Which process asks, for each request of the round; all of them at once. */
    askers: fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 12 },
)
const limits = fc.record({
  key: fc.uuid(),
  burst: fc.integer({ min: 1, max: 20 }),
  perSecond: fc.constantFrom(0.5, 1, 3, 7, 333, 9_999),
})

test('two processes, one Redis: in any window never more than burst + rate × t, and exactly as many as one process would let through', async () => {
  if (redis === undefined) throw new Error('There is no such adapter')
  const opened = await redis.open()
  const [one, other] = opened.states.map(({ rateLimits }) => rateLimits)
  if (one === undefined || other === undefined) throw new Error('two processes are needed')
  try {
    await fc.assert(
      fc.asyncProperty(limits, rounds, async (limit, turns) => {
        const clock = manualClock(opened.clock.now())
        const alone = createMemoryState({ clock, onFault: () => {} }).rateLimits
        const grants: Grant[] = []
        for (const { pauseMs, askers } of turns) {
          opened.clock.advance(pauseMs)
          clock.advance(pauseMs)
          const asked = (of: (asker: number) => RateLimits): Promise<RateDecision[]> =>
            Promise.all(askers.map((asker) => of(asker).take(limit)))
          const together = await asked((asker) => (asker === 0 ? one : other))
          const reference = await asked(() => alone)
          expect(allowed(together)).toBe(allowed(reference))
          const atMs = opened.clock.now().getTime()
          grants.push(
            ...together.flatMap(({ isAllowed }) => (isAllowed ? [{ atMs, cost: 1 }] : [])),
          )
        }
        expect(excessOf(grants, limit)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 60 },
    )
  } finally {
    await opened.close()
  }
})

test('processes that do not see each other: together never more than the whole limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      limits,
      fc.integer({ min: 2, max: 5 }),
      rounds,
      async (limit, parts, turns) => {
        // A part below one request is rounded up to one: see createMemoryRateLimits.
        const whole = { ...limit, burst: Math.max(limit.burst, parts) }
        const clock = manualClock()
        const states = Array.from({ length: parts }, () =>
          createMemoryState({ clock, onFault: () => {}, rateProcesses: parts }),
        )
        const grants: Grant[] = []
        for (const { pauseMs, askers } of turns) {
          clock.advance(pauseMs)
          for (const { rateLimits } of states)
            for (const _ of askers)
              if ((await rateLimits.take(whole)).isAllowed)
                grants.push({ atMs: clock.now().getTime(), cost: 1 })
        }
        expect(excessOf(grants, whole)).toBeLessThanOrEqual(1e-6)
      },
    ),
  )
})

const allowed = (decisions: readonly RateDecision[]): number =>
  decisions.filter(({ isAllowed }) => isAllowed).length
