import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  countOf,
  emptySketch,
  mergeSketches,
  placeOf,
  quantile,
  quantileRange,
  RELATIVE_ERROR,
  SHORTEST_MS,
  sketchOf,
  type DurationSketch,
} from './duration-sketch.ts'

const sketched = (durations: readonly number[]): DurationSketch => {
  const counts = new Map<number, number>()
  for (const duration of durations) {
    const place = placeOf(duration)
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  return sketchOf(counts)
}

/** From a hundredth of a millisecond to a year, as likely in every decade; and none at all. */
const duration = fc.oneof(
  { weight: 20, arbitrary: fc.double({ min: -2, max: 10.5, noNaN: true }).map((log) => 10 ** log) },
  { weight: 1, arbitrary: fc.constant(0) },
)
const durations = fc.array(duration, { minLength: 1, maxLength: 300 })
const fraction = fc.double({ min: 0, max: 1, noNaN: true })

describe('durations on a logarithmic scale', () => {
  test('quantile: within the stated error of the exact one, whatever the durations', () => {
    fc.assert(
      fc.property(durations, fraction, (given, wanted) => {
        const sorted = given.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(wanted * given.length)) - 1] ?? 0
        const told = quantile(sketched(given), wanted) ?? Number.NaN
        const allowed = exact <= SHORTEST_MS ? SHORTEST_MS : exact * (RELATIVE_ERROR + 1e-9)
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(allowed)
      }),
      { numRuns: 2_000 },
    )
  })

  test('merging: the parts of any division give the sketch of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(duration, fc.nat(4)), { maxLength: 200 }), (given) => {
        const parts = [0, 1, 2, 3, 4].map((part) =>
          sketched(given.filter(([, own]) => own === part).map(([each]) => each)),
        )
        expect(mergeSketches(parts)).toEqual(sketched(given.map(([each]) => each)))
      }),
    )
  })

  test('no durations: no quantile, no range', () => {
    expect(quantile(emptySketch(), 0.5)).toBeNull()
    expect(quantileRange(emptySketch(), 0.5)).toBeNull()
    expect(countOf(emptySketch())).toBe(0)
  })

  test('range: holds the true median of its distribution in 95 of 100 samples or more', () => {
    // Uniform of 0 to 2000: the true median is 1000. A linear generator repeats it by its seed.
    let state = 42
    const next = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
    const samples = 1_000
    let held = 0
    for (let sample = 0; sample < samples; sample++) {
      const range = quantileRange(sketched(Array.from({ length: 60 }, () => next() * 2_000)), 0.5)
      if (range !== null && range.low <= 1_000 && range.high >= 1_000) held += 1
    }
    expect(held / samples).toBeGreaterThanOrEqual(0.95)
  })

  test('range: too few durations for a p95 → unbounded above', () => {
    const few = sketched(Array.from({ length: 50 }, (_, at) => at + 1))
    expect(quantileRange(few, 0.95)?.high).toBe(Infinity)
    const many = sketched(Array.from({ length: 200 }, (_, at) => at + 1))
    expect(quantileRange(many, 0.95)?.high).toBeLessThan(210)
  })

  test('hostile values: the longest place holds whatever is longer', () => {
    expect(placeOf(Number.MAX_VALUE)).toBe(placeOf(1e20))
    expect(placeOf(0)).toBe(0)
  })
})
