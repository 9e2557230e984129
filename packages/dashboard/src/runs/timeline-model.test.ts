import type { Attempt } from '@cadre/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphStepsOf } from './graph-model.ts'
import { second, stepOf } from './run-fixtures.ts'
import { formatOffset, part, spansOf, ticksOf, timelineRows, wholeRange } from './timeline-model.ts'

const ms = (seconds: number) => Date.parse(second(seconds))
const NOW = ms(100)

const attemptOf = (fields: Partial<Attempt>): Attempt =>
  ({ attempt: 1, outcome: 'done', started_at: second(0), finished_at: null, ...fields }) as Attempt

describe('spans of a step', () => {
  const looks = (...args: Parameters<typeof spansOf>) =>
    spansOf(...args).map(({ look, from, to }) => [
      look,
      (from - ms(0)) / 1_000,
      (to - ms(0)) / 1_000,
    ])

  test('not released → none', () => {
    expect(spansOf(stepOf({ step: 'a', released_at: null }), undefined, NOW)).toEqual([])
  })

  test('ended → its wait, then its run', () => {
    const step = stepOf({ step: 'a', wait_ms: 2_000, ended_at: second(5) })
    expect(looks(step, undefined, NOW)).toEqual([
      ['wait', 0, 2],
      ['done', 2, 5],
    ])
  })

  test('attempts known → each of them, with the waits before and between', () => {
    const step = stepOf({ step: 'a', attempts: 2, ended_at: second(9) })
    const attempts = [
      attemptOf({ outcome: 'failed', started_at: second(1), finished_at: second(3) }),
      attemptOf({ attempt: 2, started_at: second(6), finished_at: second(9) }),
    ]
    expect(looks(step, attempts, NOW)).toEqual([
      ['wait', 0, 1],
      ['failed', 1, 3],
      ['wait', 3, 6],
      ['done', 6, 9],
    ])
  })

  test('under way → until now; while no agent has it → a wait', () => {
    const step = stepOf({ step: 'a', status: 'RUNNING', ended_at: null })
    expect(looks(step, undefined, NOW)).toEqual([['running', 0, 100]])
    expect(looks(step, [], NOW)).toEqual([['wait', 0, 100]])
    const attempts = [attemptOf({ outcome: 'running', started_at: second(4) })]
    expect(looks(step, attempts, NOW)).toEqual([
      ['wait', 0, 4],
      ['running', 4, 100],
    ])
  })

  test('approval, signal, delay → a wait as long as they last', () => {
    const step = stepOf({ step: 'a', kind: 'approval', status: 'RUNNING', ended_at: null })
    expect(looks(step, undefined, NOW)).toEqual([['wait', 0, 100]])
    const decided = { ...step, status: 'DONE' as const, ended_at: second(8) }
    expect(looks(decided, undefined, NOW)).toEqual([['done', 0, 8]])
  })

  test('held → waits for a person until now', () => {
    const step = stepOf({ step: 'a', status: 'HELD', ended_at: second(3) })
    expect(looks(step, undefined, NOW)).toEqual([
      ['failed', 0, 3],
      ['wait', 3, 100],
    ])
  })
})

test('rows: what began, in that order, compensations as they came', () => {
  const rows = timelineRows(
    graphStepsOf(null, [
      stepOf({ step: 'b', released_at: second(2) }),
      stepOf({ step: 'a', released_at: second(1) }),
      stepOf({ step: 'c', released_at: null }),
      stepOf({ step: 'a', is_compensation: true, released_at: second(3) }),
    ]),
  )
  expect(rows.map(({ step }) => [step.step, step.is_compensation])).toEqual([
    ['a', false],
    ['b', false],
    ['a', true],
  ])
})

describe('range', () => {
  const whole = wholeRange({ created_at: second(0), finished_at: second(100) }, NOW)

  test('of a run that goes on → until now; never empty', () => {
    expect(wholeRange({ created_at: second(0), finished_at: null }, NOW).to).toBe(NOW)
    const instant = wholeRange({ created_at: second(0), finished_at: second(0) }, NOW)
    expect(instant.to).toBeGreaterThan(instant.from)
  })

  test('a part, and further out than the whole → the whole', () => {
    expect(part(whole, 0.25, 0.75, whole)).toEqual({ from: ms(25), to: ms(75) })
    expect(part(whole, -0.5, 1.5, whole)).toEqual(whole)
  })

  test('past an end → stops at it, as long as before', () => {
    const zoomed = part(whole, 0.8, 1, whole)
    expect(part(zoomed, 0.5, 1.5, whole)).toEqual({ from: ms(80), to: ms(100) })
  })

  test('any series of zooms → within the whole, never empty', () => {
    const zooms = fc.array(
      fc.tuple(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
      ),
    )
    fc.assert(
      fc.property(zooms, (moves) => {
        let range = whole
        for (const [from, length] of moves) range = part(range, from, from + length, whole)
        expect(range.from).toBeGreaterThanOrEqual(whole.from - 0.001)
        expect(range.to).toBeLessThanOrEqual(whole.to + 0.001)
        expect(range.to).toBeGreaterThan(range.from)
      }),
    )
  })
})

test.each([0.02, 0.5, 7, 90, 4_000, 90_000, 4_000_000])(
  '%d s → a few round ticks within the range',
  (seconds) => {
    const range = { from: ms(0), to: ms(seconds) }
    const ticks = ticksOf(range, ms(0), 7)
    expect(ticks.length).toBeGreaterThanOrEqual(2)
    expect(ticks.length).toBeLessThanOrEqual(8)
    for (const { fraction } of ticks) {
      expect(fraction).toBeGreaterThanOrEqual(0)
      expect(fraction).toBeLessThanOrEqual(1)
    }
  },
)

test.each([
  [0, '0'],
  [250, '250 ms'],
  [1_500, '1.5 s'],
  [270_000, '4:30'],
  [7_800_000, '2 h 10 m'],
  [259_200_000, '3 d'],
])('offset of %d ms → %s', (offset, text) => expect(formatOffset(offset)).toBe(text))
