import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('backoff: never above the cap, never below half of its ceiling', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (baseMs, capMs, retry, random) => {
        const ceiling = Math.min(baseMs * 2 ** (retry - 1), capMs)
        const waitMs = backoffMs({ baseMs, capMs }, retry, () => random)
        expect(waitMs).toBeLessThanOrEqual(ceiling + 0.5)
        expect(waitMs).toBeGreaterThanOrEqual(ceiling / 2 - 0.5)
      },
    ),
  )
})
