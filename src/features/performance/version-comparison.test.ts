import { describe, expect, test } from 'vitest'
import { placeOf, sketchOf } from './duration-sketch.ts'
import { noSums, type Sums } from './performance.ts'
import { compareParts } from './version-comparison.ts'

/** Durations spread evenly within a tenth about the middle. */
const ran = (
  count: number,
  {
    middleMs = 100,
    cost = 0.01,
    failed = 0,
  }: { middleMs?: number; cost?: number; failed?: number } = {},
): { sums: Sums; cost: Sums } => {
  const places = new Map<number, number>()
  for (let at = 0; at < count; at++) {
    const place = placeOf(middleMs * (0.9 + (0.2 * at) / count))
    places.set(place, (places.get(place) ?? 0) + 1)
  }
  const sums: Sums = {
    ...noSums(),
    completed: count,
    failed,
    cost: (cost * (count + failed)).toFixed(6),
    costSquares: cost ** 2 * (count + failed),
    durations: sketchOf(places),
  }
  return { sums, cost: sums }
}
const verdictOf = (...[base, version]: Parameters<typeof compareParts>) =>
  compareParts(base, version).verdict

describe('two versions', () => {
  test('the same: unchanged', () => {
    expect(verdictOf(ran(200), ran(300))).toBe('unchanged')
  })

  test('half as long again: regressed; the other way round: improved', () => {
    const slower = ran(50, { middleMs: 150 })
    expect(compareParts(ran(50), slower)).toMatchObject({
      verdict: 'regressed',
      duration_p50_ms: { verdict: 'regressed', ratio: expect.closeTo(1.5, 1) },
    })
    expect(verdictOf(slower, ran(50))).toBe('improved')
  })

  test('fewer than 20 on either side: too few, whatever they say', () => {
    expect(verdictOf(ran(19), ran(500, { middleMs: 900 }))).toBe('too_few')
    expect(verdictOf(ran(500), ran(19, { middleMs: 900 }))).toBe('too_few')
    expect(verdictOf(ran(0), ran(0))).toBe('too_few')
  })

  test('a certain difference of less than a tenth: unchanged', () => {
    expect(verdictOf(ran(100_000), ran(100_000, { middleMs: 106 }))).toBe('unchanged')
  })

  test('more failures than chance explains: regressed, though as fast as before', () => {
    expect(compareParts(ran(500), ran(450, { failed: 50 }))).toMatchObject({
      verdict: 'regressed',
      success_rate: { base: 1, version: 0.9, verdict: 'regressed' },
      duration_p50_ms: { verdict: 'unchanged' },
    })
  })

  test('one failure of thirty: chance, so unchanged', () => {
    expect(compareParts(ran(30), ran(29, { failed: 1 })).success_rate.verdict).toBe('unchanged')
  })

  test('dearer: regressed; what costs nothing has no ratio to what costs something', () => {
    const dearer = compareParts(ran(40), ran(40, { cost: 0.02 }))
    expect(dearer.cost_mean).toEqual({
      base: expect.closeTo(0.01),
      version: expect.closeTo(0.02),
      ratio: expect.closeTo(2),
      verdict: 'regressed',
    })
    const free = compareParts(ran(40, { cost: 0 }), ran(40))
    expect(free.cost_mean).toMatchObject({ ratio: null, verdict: 'regressed' })
  })

  test('faster but failing more: regressed, for any regression weighs more', () => {
    expect(verdictOf(ran(500), ran(400, { middleMs: 50, failed: 100 }))).toBe('regressed')
  })
})
