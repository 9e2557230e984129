import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { doorTo, type Door } from '../../../test/support/postgres-faults.ts'
import { startRedis, type RedisServer } from '../../../test/support/services/redis-server.ts'
import { inbox } from '../../../test/support/signals.ts'
import { manualClock, type ManualClock } from '../clock.ts'
import { systemRandom } from '../random.ts'
import { createMemoryState } from './memory-state.ts'
import { createRedisState, type RedisState } from './redis-state.ts'
import { createResilientState } from './resilient-state.ts'
import type { SharedState } from './shared-state.ts'

const HOUR = { ttlMs: 3_600_000 }
let server: RedisServer
let door: Door
let clock: ManualClock
let neighbour: RedisState
let state: SharedState
let said: ReturnType<typeof inbox<string>>
let faults: unknown[]
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
beforeEach(async () => {
  clock = manualClock()
  said = inbox()
  faults = []
  door = await doorTo(server.url)
  const keyPrefix = randomUUID()
  const onFault = (error: unknown) => void faults.push(error)
  const open = (url: string) =>
    createRedisState({ url, clock, random: systemRandom, onFault, keyPrefix })
  neighbour = open(server.url)
  const redis = open(door.url)
  state = createResilientState({
    redis,
    memory: createMemoryState({ clock, onFault }),
    clock,
    onLost: () => said.put('lost'),
    onRecovered: () => said.put('recovered'),
  })
  await Promise.all([neighbour.whenReady(5_000), redis.whenReady(5_000)])
  await untilHealthy()
})
afterEach(async () => {
  await state.close()
  await neighbour.close()
  await door.close()
})

const untilHealthy = () =>
  expect.poll(async () => (await state.health()).isHealthy, { timeout: 10_000 }).toBe(true)

test('outage: nobody sees a fault; told once when it begins and once when it ends', async () => {
  await state.cache.set('key', 'shared', HOUR)
  door.shut()
  for (let n = 0; n < 3; n++) {
    await state.cache.set('key', `alone ${n}`, HOUR)
    expect(await state.cache.get('key')).toBe(`alone ${n}`)
    expect((await state.rateLimits.take({ key: 'k', burst: 9, perSecond: 1 })).isAllowed).toBe(true)
    await state.fanout.publish('news', 'x')
  }
  expect(said.items).toEqual(['lost'])
  expect(await state.health()).toMatchObject({ isHealthy: false })
  door.open()
  await said.count(2)
  expect(said.items).toEqual(['lost', 'recovered'])
  await untilHealthy()
  expect(faults).toHaveLength(1)
})

test('outage: what was written or deleted meanwhile → no older value comes back', async () => {
  for (const key of ['written', 'deleted', 'untouched']) await state.cache.set(key, 'old', HOUR)
  door.shut()
  await state.cache.set('written', 'new', HOUR)
  await state.cache.delete('deleted')
  door.open()
  await said.count(2)
  expect(await state.cache.get('written')).toBeNull()
  expect(await state.cache.get('deleted')).toBeNull()
  expect(await state.cache.get('untouched')).toBe('old')
  expect(await neighbour.cache.get('written')).toBeNull()
})

test('outage: listeners of this process hear each other, and learn of the gap when it ends', async () => {
  const heard = inbox<string>()
  await state.fanout.subscribe('news', {
    onMessage: heard.put,
    onGap: () => heard.put('(gap)'),
  })
  door.shut()
  await state.fanout.publish('news', 'alone')
  expect(heard.items).toEqual(['alone'])
  await neighbour.fanout.publish('news', 'missed')
  door.open()
  await heard.count(2)
  await neighbour.fanout.publish('news', 'together')
  await heard.count(3)
  expect(heard.items).toEqual(['alone', '(gap)', 'together'])
})

test('crash: Redis starts again without its memory → limits start anew, values are absent', async () => {
  const limit = { key: 'k', burst: 1, perSecond: 0.001 }
  await state.cache.set('key', 'value', HOUR)
  await state.rateLimits.take(limit)
  expect((await state.rateLimits.take(limit)).isAllowed).toBe(false)
  await server.crash()
  expect(await state.cache.get('key')).toBeNull()
  await server.start()
  await said.count(2)
  expect(await state.cache.get('key')).toBeNull()
  expect((await state.rateLimits.take(limit)).isAllowed).toBe(true)
})

test('refusal: Redis answers but cannot serve → memory, and back when it can', async () => {
  await neighbour.cache.set('probe', 'x', HOUR)
  const administrator = new Redis(server.url)
  try {
    await administrator.config('SET', 'maxmemory', '1')
    await state.cache.set('key', 'value', HOUR)
    expect(said.items).toEqual(['lost'])
    expect(await state.cache.get('key')).toBe('value')
    await administrator.config('SET', 'maxmemory', '0')
    clock.advance(1_000)
    await said.count(2)
    await state.cache.set('key', 'shared', HOUR)
    expect(await neighbour.cache.get('key')).toBe('shared')
  } finally {
    await administrator.config('SET', 'maxmemory', '0')
    administrator.disconnect()
  }
})
