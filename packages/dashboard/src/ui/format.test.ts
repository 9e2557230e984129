import { expect, test } from 'vitest'
import {
  formatAge,
  formatBytes,
  formatCountdown,
  formatDuration,
  formatMoney,
  formatNumberOf,
  formatPercent,
} from './format.ts'

test.each([
  [0.42, '0.4 ms'],
  [38.4, '38 ms'],
  [1_240, '1.24 s'],
  [12_300, '12.3 s'],
  [185_000, '3 m 05 s'],
  [7_800_000, '2 h 10 m'],
  [356_400_000, '4 d 3 h'],
])('duration of %d ms → %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text))

test.each([
  [400, 'now'],
  [59_999, '59 s'],
  [3_599_000, '59 m'],
  [90_000_000, '1 d'],
])('age of %d ms → %s', (ageMs, text) => expect(formatAge(ageMs)).toBe(text))

test.each([
  [-5, '0:00'],
  [6_200, '0:07'],
  [250_000, '4:10'],
  [3_720_000, '1:02:00'],
])('countdown of %d ms → %s', (leftMs, text) => expect(formatCountdown(leftMs)).toBe(text))

test.each([
  ['0.002500', '$0.0025'],
  ['12', '$12.00'],
  ['1234567.5', '$1,234,567.50'],
])('amount %s → %s', (amount, text) => expect(formatMoney(amount)).toBe(text))

test.each([
  [1, '100 %'],
  [0.9997, '> 99.9 %'],
  [0.125, '12.5 %'],
])('fraction %d → %s', (fraction, text) => expect(formatPercent(fraction)).toBe(text))

test('counted nouns → singular for one only', () => {
  expect([0, 1, 1_200].map((count) => formatNumberOf(count, 'task'))).toEqual([
    '0 tasks',
    '1 task',
    '1,200 tasks',
  ])
})

test('bytes → binary units', () => {
  expect([512, 20_480, 3_145_728].map(formatBytes)).toEqual(['512 B', '20.0 KiB', '3.0 MiB'])
})
