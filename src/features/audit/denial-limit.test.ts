import { expect, test } from 'vitest'
import { createDenialLimit, DENIAL_WINDOW_MS, DENIALS_PER_WINDOW } from './denial-limit.ts'

test('admit: more than a window allows → counted, told once the window is over, then anew', () => {
  const limit = createDenialLimit<string>()
  const admitted = (count: number, nowMs: number) =>
    Array.from({ length: count }, () => limit.admit('eve', 'Eve', nowMs)).filter(Boolean).length
  expect(admitted(DENIALS_PER_WINDOW + 1_000, 0)).toBe(DENIALS_PER_WINDOW)
  expect(limit.endWindows(DENIAL_WINDOW_MS - 1)).toEqual([])
  expect(limit.endWindows(DENIAL_WINDOW_MS)).toEqual([{ who: 'Eve', count: 1_000 }])
  expect(limit.isEmpty).toBe(true)
  expect(admitted(3, DENIAL_WINDOW_MS)).toBe(3)
  expect(limit.endWindows(3 * DENIAL_WINDOW_MS)).toEqual([])
})

test('admit: one principal floods → another one is recorded all the same', () => {
  const limit = createDenialLimit<string>()
  for (let asked = 0; asked < 100; asked++) limit.admit('eve', 'Eve', 0)
  expect(limit.admit('mallory', 'Mallory', 0)).toBe(true)
})

test('admit: strangers without number → remembered in bounded space', () => {
  const limit = createDenialLimit<number>()
  const admitted = Array.from({ length: 20_000 }, (_, who) => limit.admit(`${who}`, who, 0))
  expect(admitted.filter(Boolean)).toHaveLength(10_000 + DENIALS_PER_WINDOW)
  const left = limit.endWindows(DENIAL_WINDOW_MS)
  expect(left.map(({ count }) => count)).toEqual([10_000 - DENIALS_PER_WINDOW])
})
