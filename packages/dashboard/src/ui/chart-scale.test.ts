import { describe, expect, test } from 'vitest'
import {
  dotsPath,
  linePath,
  roundAbove,
  roundCountAbove,
  roundDurationAbove,
  slotsOf,
} from './chart-scale.ts'

describe('charts', () => {
  test('slots: every hour has one, those without runs too', () => {
    const point = { at: '2026-01-01T01:00:00.000Z' } as never
    const slots = slotsOf({
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T03:00:00.000Z',
      by: 'hour',
      series: [point],
    })
    expect(slots.map((slot) => [slot.at.slice(11, 13), slot.point])).toEqual([
      ['00', null],
      ['01', point],
      ['02', null],
    ])
  })

  test.each([
    [0, 1],
    [3, 4],
    [0.0021, 0.004],
    [61, 80],
    [100, 100],
  ])('round above %d → %d', (peak, round) => {
    expect(roundAbove(peak)).toBeCloseTo(round, 6)
  })

  test('round durations are those of clocks', () => {
    expect(roundDurationAbove(61_000)).toBe(120_000)
    expect(roundDurationAbove(900)).toBe(1_000)
    expect(roundDurationAbove(3)).toBe(4)
    expect(roundDurationAbove(9 * 86_400_000)).toBeGreaterThanOrEqual(9 * 86_400_000)
  })

  test('round counts: two at least', () => {
    expect(roundCountAbove(0)).toBe(2)
    expect(roundCountAbove(5)).toBe(6)
  })

  test('line: broken where nothing is known', () => {
    expect(linePath([1, 2, null, 2], 2)).toBe('M125.0 50.0L375.0 0.0M875.0 0.0')
    expect(linePath([null, null], 1)).toBe('')
  })

  test('dots: every value of few; of many only what stands alone', () => {
    expect(dotsPath([1, 2, null, 2], 2)).toBe('M125.0 50.0h0.01M375.0 0.0h0.01M875.0 0.0h0.01')
    const many = [...Array.from({ length: 60 }, () => 1), null, 1, null]
    expect(dotsPath(many, 2).match(/M/g)).toHaveLength(1)
  })
})
