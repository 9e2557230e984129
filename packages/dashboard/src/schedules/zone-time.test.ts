import { expect, test } from 'vitest'
import { formatInZone, otherClock, OWN_ZONE } from './zone-time.ts'

const NOW = new Date('2026-11-21T00:00:00Z')

test('a moment → as the clocks of the zone show it', () => {
  expect(formatInZone('2026-11-23T07:30:00Z', 'Europe/Berlin', NOW)).toBe('Mon 23 Nov, 08:30')
  expect(formatInZone('2026-11-23T07:30:00Z', 'UTC', NOW)).toBe('Mon 23 Nov, 07:30')
})

test('seconds and another year → shown, where there are any', () => {
  expect(formatInZone('2026-11-23T07:30:05Z', 'UTC', NOW)).toBe('Mon 23 Nov, 07:30:05')
  expect(formatInZone('2027-01-04T00:00:00Z', 'UTC', NOW)).toBe('Mon 4 Jan, 00:00 (2027)')
})

test('clocks elsewhere → named when they differ from ours; an unknown zone → nothing', () => {
  expect(otherClock('2026-01-05T12:00:00Z', OWN_ZONE)).toBeNull()
  expect(otherClock('2026-01-05T12:00:00Z', 'Asia/Kathmandu')).toMatch(/:45.* Asia\/Kathmandu$/)
  expect(otherClock('2026-01-05T12:00:00Z', 'Moon/Crater')).toBeNull()
})
