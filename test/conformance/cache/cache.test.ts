import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VALUE_LENGTH_MAX, type SharedState } from '#platform/cache/shared-state.ts'
import { inbox } from '../../support/signals.ts'
import { CACHE_ADAPTERS, type OpenedStates } from './cache-adapters.ts'

const HOUR = { ttlMs: 3_600_000 }
const ODD = [
  '',
  ' ',
  'a b\r\nc',
  '{tag}',
  '*',
  'ключ:🔑',
  '\u0000',
  '__proto__',
  'x'.repeat(10_000),
]

describe.each(CACHE_ADAPTERS)('shared state: $name', ({ open, isExpiryByClock }) => {
  let opened: OpenedStates
  /** Two processes where the adapter can share; otherwise one and the same. */
  let first: SharedState
  let second: SharedState
  beforeEach(async () => {
    opened = await open()
    const [one, other = one] = opened.states
    if (one === undefined || other === undefined) throw new Error('no state was opened')
    first = one
    second = other
  })
  afterEach(async () => {
    await opened.close()
    expect(opened.faults).toEqual([])
  })

  describe('cache', () => {
    test('set: value → every process reads it, until it is deleted', async () => {
      expect(await second.cache.get('key')).toBeNull()
      await first.cache.set('key', 'one', HOUR)
      await first.cache.set('key', 'two', HOUR)
      expect(await second.cache.get('key')).toBe('two')
      await second.cache.delete('key')
      await second.cache.delete('key')
      expect(await first.cache.get('key')).toBeNull()
    })

    test('set: time is over → gone', async () => {
      await first.cache.set('brief', 'value', { ttlMs: 40 })
      if (isExpiryByClock) {
        opened.clock.advance(39)
        expect(await first.cache.get('brief')).toBe('value')
        opened.clock.advance(1)
      }
      await expect.poll(() => first.cache.get('brief'), { interval: 5 }).toBeNull()
    })

    test('set: no time at all → what was there is gone as well', async () => {
      await first.cache.set('key', 'old', HOUR)
      await first.cache.set('key', 'new', { ttlMs: 0 })
      expect(await first.cache.get('key')).toBeNull()
    })

    test.each(ODD)('keys and values: %j → as any other', async (odd) => {
      await first.cache.set(odd, `value of ${odd}`, HOUR)
      await first.cache.set(`${odd}.`, 'neighbour', HOUR)
      expect(await second.cache.get(odd)).toBe(`value of ${odd}`)
      await first.cache.set(odd, odd, HOUR)
      expect(await second.cache.get(odd)).toBe(odd)
    })

    test('set: as long as allowed → kept; longer → not kept, nor what was there before', async () => {
      const longest = 'x'.repeat(VALUE_LENGTH_MAX)
      await first.cache.set('long', longest, HOUR)
      expect(await first.cache.get('long')).toBe(longest)
      await first.cache.set('long', `${longest}x`, HOUR)
      expect(await first.cache.get('long')).toBeNull()
    })
  })

  describe('fan-out', () => {
    const listenTo = async (state: SharedState, channel: string) => {
      const heard = inbox<string>()
      const end = await state.fanout.subscribe(channel, { onMessage: heard.put, onGap: () => {} })
      return { heard, end }
    }

    test('publish: every listener of every process hears it, in order, others do not', async () => {
      const listeners = [
        await listenTo(first, 'news'),
        await listenTo(first, 'news'),
        await listenTo(second, 'news'),
      ]
      const other = await listenTo(second, 'other')
      for (const payload of ['one', '', 'three "𝕏"\n']) await second.fanout.publish('news', payload)
      await first.fanout.publish('other', 'end')
      for (const { heard } of listeners) {
        await heard.count(3)
        expect(heard.items).toEqual(['one', '', 'three "𝕏"\n'])
      }
      await other.heard.count(1)
      expect(other.heard.items).toEqual(['end'])
    })

    test('end: hears nothing more, others of its channel do', async () => {
      const ended = await listenTo(first, 'news')
      const staying = await listenTo(first, 'news')
      await ended.end()
      await ended.end()
      await second.fanout.publish('news', 'late')
      await staying.heard.count(1)
      expect(ended.heard.items).toEqual([])
      await staying.end()
      await second.fanout.publish('news', 'unheard')
      const again = await listenTo(first, 'news')
      await second.fanout.publish('news', 'heard')
      await again.heard.count(1)
      expect(again.heard.items).toEqual(['heard'])
    })

    test.each(ODD)('channel %j → as any other', async (odd) => {
      const { heard } = await listenTo(first, odd)
      await second.fanout.publish(odd, odd)
      await heard.count(1)
      expect(heard.items).toEqual([odd])
    })

    test('publish: nobody listens → nothing', async () => {
      await expect(first.fanout.publish('void', 'x')).resolves.toBeUndefined()
    })
  })

  describe('rate limits', () => {
    const limit = { key: 'key', burst: 3, perSecond: 2 }

    test('take: a burst, then as fast as tokens come back, over all processes', async () => {
      const taken = [first, second, first].map((state) => state.rateLimits.take(limit))
      const decisions = await Promise.all(taken)
      expect(decisions.map(({ remaining }) => remaining).toSorted()).toEqual([0, 1, 2])
      expect(decisions.every(({ isAllowed }) => isAllowed)).toBe(true)
      const refused = { isAllowed: false, remaining: 0, retryAfterMs: 500 }
      expect(await second.rateLimits.take(limit)).toEqual(refused)
      opened.clock.advance(499)
      expect(await first.rateLimits.take(limit)).toEqual({ ...refused, retryAfterMs: 1 })
      opened.clock.advance(1)
      expect(await first.rateLimits.take(limit)).toEqual({
        isAllowed: true,
        remaining: 0,
        retryAfterMs: 0,
      })
      opened.clock.advance(60_000)
      expect((await first.rateLimits.take(limit)).remaining).toBe(2)
    })

    test('take: refused → nothing counted', async () => {
      await first.rateLimits.take({ ...limit, cost: 3 })
      for (let n = 0; n < 5; n++) await first.rateLimits.take(limit)
      opened.clock.advance(500)
      expect(await first.rateLimits.take(limit)).toMatchObject({ isAllowed: true })
    })

    test('take: cost above the burst → never, and said so', async () => {
      expect(await first.rateLimits.take({ ...limit, cost: 4 })).toEqual({
        isAllowed: false,
        remaining: 3,
        retryAfterMs: null,
      })
    })

    test('take: keys do not know each other, odd ones either', async () => {
      for (const key of ODD)
        expect(await first.rateLimits.take({ ...limit, key, cost: 3 })).toMatchObject({
          isAllowed: true,
        })
    })

    test('take: a limit that is none → refused as a fault of ours', async () => {
      for (const wrong of [{ perSecond: 0 }, { perSecond: Infinity }, { burst: 0 }, { cost: -1 }])
        await expect(first.rateLimits.take({ ...limit, ...wrong })).rejects.toThrow(/invariant/)
    })

    test('takeAll: one refuses → none is counted; otherwise all are, over all processes', async () => {
      const [narrow, wide] = [
        { key: 'narrow', burst: 1, perSecond: 1 },
        { key: 'wide', burst: 3, perSecond: 1 },
      ]
      expect(await first.rateLimits.takeAll([narrow, wide])).toEqual([
        { isAllowed: true, remaining: 0, retryAfterMs: 0 },
        { isAllowed: true, remaining: 2, retryAfterMs: 0 },
      ])
      for (let n = 0; n < 3; n++)
        expect(await second.rateLimits.takeAll([wide, narrow])).toMatchObject([
          { isAllowed: true },
          { isAllowed: false, remaining: 0, retryAfterMs: 1_000 },
        ])
      expect(await first.rateLimits.take(wide)).toMatchObject({ isAllowed: true, remaining: 1 })
      expect(await first.rateLimits.takeAll([])).toEqual([])
    })

    test('takeAll: two tolerances of one key → the lower one leaves a reserve to the higher', async () => {
      const [bulk, critical] = [
        { key: 'tenant', burst: 2, perSecond: 1 },
        { key: 'tenant', burst: 3, perSecond: 1 },
      ]
      for (let n = 0; n < 5; n++) await first.rateLimits.takeAll([bulk])
      expect(await second.rateLimits.takeAll([bulk])).toMatchObject([{ isAllowed: false }])
      expect(await second.rateLimits.takeAll([critical])).toMatchObject([{ isAllowed: true }])
      expect(await first.rateLimits.takeAll([critical])).toMatchObject([{ isAllowed: false }])
    })

    test('giveBack: what was taken counts no more, and never becomes more than the burst', async () => {
      for (let n = 0; n < 3; n++) await first.rateLimits.take(limit)
      await second.rateLimits.giveBack(limit)
      expect(await first.rateLimits.take(limit)).toMatchObject({ isAllowed: true, remaining: 0 })
      for (let n = 0; n < 5; n++) await second.rateLimits.giveBack(limit)
      expect(await first.rateLimits.take(limit)).toMatchObject({ isAllowed: true, remaining: 2 })
    })

    test('any requests: never more than burst and rate allow; retry-after is exact', () =>
      fc.assert(
        fc.asyncProperty(
          fc.uuid(),
          fc.integer({ min: 1, max: 20 }),
          fc.constantFrom(0.1, 1, 3, 7, 1_000, 9_999),
          fc.array(
            fc.record({
              pauseMs: fc.integer({ min: 0, max: 3_000 }),
              cost: fc.integer({ min: 0, max: 5 }),
            }),
            { minLength: 1, maxLength: 15 },
          ),
          async (key, burst, perSecond, requests) => {
            const startedAtMs = opened.clock.now().getTime()
            let granted = 0
            for (const { pauseMs, cost } of requests) {
              opened.clock.advance(pauseMs)
              const request = { key, burst, perSecond, cost }
              const decision = await first.rateLimits.take(request)
              if (decision.isAllowed) granted += cost
              const passedSeconds = (opened.clock.now().getTime() - startedAtMs) / 1_000
              expect(granted).toBeLessThanOrEqual(burst + passedSeconds * perSecond * 1.001)
              expect(decision.remaining).toBeLessThanOrEqual(burst)
              if (decision.isAllowed || decision.retryAfterMs === null) continue
              expect(decision.remaining).toBeLessThan(cost)
              opened.clock.advance(decision.retryAfterMs - 1)
              expect((await second.rateLimits.take(request)).isAllowed).toBe(false)
              opened.clock.advance(1)
              expect((await second.rateLimits.take(request)).isAllowed).toBe(true)
              granted += cost
            }
          },
        ),
        { numRuns: 40 },
      ))
  })

  test('health: says where it lives', async () => {
    expect(await first.health()).toMatchObject({ detail: expect.stringMatching(/process|Redis/) })
  })
})
