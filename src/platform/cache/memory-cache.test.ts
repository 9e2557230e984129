import { expect, test } from 'vitest'
import { manualClock } from '../clock.ts'
import { createMemoryCache } from './memory-cache.ts'
import { createMemoryRateLimits } from './memory-rate-limits.ts'

const HOUR = { ttlMs: 3_600_000 }

test('bound: more than fits → what was not used for longest is forgotten', async () => {
  const cache = createMemoryCache({ clock: manualClock(), lengthMax: 30 })
  for (const key of ['a', 'b', 'c']) await cache.set(key, 'x'.repeat(9), HOUR)
  await cache.get('a')
  await cache.set('d', 'x'.repeat(9), HOUR)
  const found = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get(key)))
  expect(found.map((value) => value !== null)).toEqual([true, false, true, true])
  expect(cache.length).toBe(30)
})

test('bound: one value larger than all room → not kept, the count stays right', async () => {
  const cache = createMemoryCache({ clock: manualClock(), lengthMax: 30 })
  await cache.set('a', 'x'.repeat(40), HOUR)
  expect(await cache.get('a')).toBeNull()
  expect(cache.length).toBe(0)
})

test('rate limits: more keys than kept → the one asked for longest ago starts anew', async () => {
  const limits = createMemoryRateLimits({ clock: manualClock(), keysMax: 2 })
  const take = (key: string) => limits.take({ key, burst: 1, perSecond: 1 })
  for (const key of ['a', 'b', 'a', 'c']) await take(key)
  expect((await take('a')).isAllowed).toBe(false)
  expect((await take('b')).isAllowed).toBe(true)
})
