import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { messageTo } from '../../../test/support/message-form.ts'
import { doorTo } from '../../../test/support/postgres-faults.ts'
import { fragileWireTo } from '../../../test/support/redis-faults.ts'
import { startRedis, type RedisServer } from '../../../test/support/services/redis-server.ts'
import { inbox } from '../../../test/support/signals.ts'
import { manualClock, systemClock, type Clock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { systemRandom } from '../random.ts'
import type { Broker, DeadLetter, Delivery } from './broker.ts'
import { ACKNOWLEDGE, PUBLISH, RELEASE, TAKE } from './redis-broker-scripts.ts'
import { createRedisBroker, type RedisBrokerOptions } from './redis-broker.ts'

const LOCK_MS = 60_000
const RECONNECT_MS_MAX = 10_000
const ids = createIds(systemClock, systemRandom)

let server: RedisServer
let prefix: string
let closings: (() => Promise<void>)[] = []
beforeAll(async () => {
  server = await startRedis()
})
beforeEach(() => {
  prefix = randomUUID()
})
afterEach(async () => {
  for (const close of closings.toReversed()) await close()
  closings = []
})
afterAll(() => server.stop())

interface Opened {
  broker: Broker
  resets: ReturnType<typeof inbox<void>>
  faults: ReturnType<typeof inbox<unknown>>
  letters: DeadLetter[]
}

const open = async (clock: Clock, changes: Partial<RedisBrokerOptions> = {}): Promise<Opened> => {
  const resets = inbox<void>()
  const faults = inbox<unknown>()
  const letters: DeadLetter[] = []
  const broker = await createRedisBroker({
    url: server.url,
    clock,
    ids,
    random: systemRandom,
    keyPrefix: prefix,
    lockSeconds: LOCK_MS / 1_000,
    onFault: faults.put,
    onReset: async () => resets.put(),
    bury: async (letter) => void letters.push(letter),
    ...changes,
  })
  closings.push(broker.close)
  return { broker, resets, faults, letters }
}
const consume = async (broker: Broker, queues: readonly string[], prefetch = 10) => {
  const arrived = inbox<Delivery>()
  const subscription = await broker.subscribe({ queues, prefetch, onDelivery: arrived.put })
  return { subscription, arrived }
}
const tasksOf = (deliveries: readonly Delivery[]) =>
  deliveries.map(({ message }) => message.headers.task_id)
const healthOf = async (broker: Broker) => (await broker.health()).isHealthy
const untilHealthy = (broker: Broker) =>
  expect.poll(() => healthOf(broker), { timeout: RECONNECT_MS_MAX }).toBe(true)
const withClient = async <Result>(work: (client: Redis) => Promise<Result>): Promise<Result> => {
  const client = new Redis(server.url)
  return work(client).finally(() => client.disconnect())
}
const scriptsRun = () =>
  withClient(async (client) => {
    const statistics = await client.info('commandstats')
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(statistics)?.[1] ?? 0)
  })

test('outage: Redis crashes while a consumer waits → it consumes again, and the loss is noticed', async () => {
  const { broker, resets, faults } = await open(manualClock())
  const { arrived } = await consume(broker, ['q'])
  await broker.publish([messageTo('q', 'before')])
  await arrived.count(1)
  await server.crash()
  await faults.count(1)
  expect(await broker.health()).toMatchObject({ isHealthy: false })
  await expect(broker.publish([messageTo('q', 'meanwhile')])).rejects.toMatchObject({
    code: 'redis.unavailable',
  })
  await expect(arrived.items[0]?.ack()).rejects.toMatchObject({ code: 'redis.unavailable' })
  expect(resets.items).toHaveLength(1)
  await server.start()
  await resets.count(2)
  await untilHealthy(broker)
  await broker.publish([messageTo('q', 'after')])
  await arrived.count(2)
  expect(tasksOf(arrived.items)).toEqual(['before', 'after'])
  expect(faults.items).toHaveLength(1)
})

test('start: without Redis → starts all the same, works once Redis is there', async () => {
  await server.crash()
  const { broker } = await open(manualClock())
  const { arrived } = await consume(broker, ['q'])
  expect(await healthOf(broker)).toBe(false)
  await server.start()
  await untilHealthy(broker)
  await broker.publish([messageTo('q', 'late')])
  await arrived.count(1)
})

test('flush: noticed by the next publication, by one process only', async () => {
  const clock = manualClock()
  const [first, second] = [await open(clock), await open(clock)]
  expect([first.resets.items.length, second.resets.items.length]).toEqual([1, 0])
  await server.flush()
  await first.broker.publish([messageTo('q', 'after')])
  await first.resets.count(2)
  clock.advance(5_000)
  await second.broker.publish([messageTo('q', 'more')])
  const { arrived } = await consume(second.broker, ['q'])
  await arrived.count(2)
  expect([first.resets.items.length, second.resets.items.length]).toEqual([2, 0])
})

test('flush: nobody publishes → noticed by the sweep', async () => {
  const clock = manualClock()
  const { resets } = await open(clock)
  await server.flush()
  clock.advance(5_000)
  await resets.count(2)
})

test('flush: ack of what was delivered before it → harms no message after it', async () => {
  const clock = manualClock()
  const { broker } = await open(clock)
  const { arrived } = await consume(broker, ['q'], 1)
  await broker.publish([messageTo('q', 'before')])
  await arrived.count(1)
  await server.flush()
  clock.advance(1)
  await broker.publish([messageTo('q', 'after')])
  await arrived.items[0]?.ack()
  await arrived.count(2)
  await arrived.items[1]?.nack({ reason: 'again', isRequeued: true })
  await arrived.count(3)
  expect(tasksOf(arrived.items)).toEqual(['before', 'after', 'after'])
})

test('ack: its connection breaks before Redis sees it → the message comes again', async () => {
  const wire = await fragileWireTo(server.url)
  closings.push(wire.close)
  const { broker } = await open(manualClock(), { url: wire.url })
  const { arrived } = await consume(broker, ['q'])
  await broker.publish([messageTo('q', 'task')])
  await arrived.count(1)
  const broken = wire.breakAt(ACKNOWLEDGE.sha1, 'before')
  await expect(arrived.items[0]?.ack()).rejects.toMatchObject({ code: 'redis.unavailable' })
  await broken
  await arrived.count(2)
  expect(arrived.items[1]).toMatchObject({ deliveries: 2 })
  await arrived.items[1]?.ack()
})

test('ack: its answer is lost → done with all the same', async () => {
  const wire = await fragileWireTo(server.url)
  closings.push(wire.close)
  const { broker } = await open(manualClock(), { url: wire.url })
  const { arrived } = await consume(broker, ['q'])
  await broker.publish([messageTo('q', 'task')])
  await arrived.count(1)
  await withClient(async (client) => client.call('script', 'load', ACKNOWLEDGE.text))
  const broken = wire.breakAt(ACKNOWLEDGE.sha1, 'after')
  await expect(arrived.items[0]?.ack()).rejects.toMatchObject({ code: 'redis.unavailable' })
  await broken
  await untilHealthy(broker)
  await broker.publish([messageTo('q', 'next')])
  await arrived.count(2)
  expect(tasksOf(arrived.items)).toEqual(['task', 'next'])
})

test('take: its answer is lost → the message comes again without waiting for the lock', async () => {
  const wire = await fragileWireTo(server.url)
  closings.push(wire.close)
  const clock = manualClock()
  const { broker } = await open(clock, { url: wire.url })
  const other = await open(clock)
  const { arrived } = await consume(broker, ['q'])
  const broken = wire.breakAt(TAKE.sha1, 'after')
  await other.broker.publish([messageTo('q', 'task')])
  await broken
  await arrived.count(1)
  expect(arrived.items).toMatchObject([{ deliveries: 2 }])
  await arrived.items[0]?.ack()
})

test.each(['before', 'after'] as const)(
  'publish: its connection breaks %s Redis has it → refused, so that it is sent again',
  async (fault) => {
    const wire = await fragileWireTo(server.url)
    closings.push(wire.close)
    const { broker } = await open(manualClock(), { url: wire.url })
    await broker.publish([messageTo('other', 'first')])
    const broken = wire.breakAt(PUBLISH.sha1, fault)
    await expect(broker.publish([messageTo('q', 'task')])).rejects.toMatchObject({
      code: 'redis.unavailable',
    })
    await broken
    await untilHealthy(broker)
    await broker.publish([messageTo('q', 'again')])
    const { arrived } = await consume(broker, ['q'])
    await arrived.until((deliveries) => tasksOf(deliveries).includes('again'))
    expect(tasksOf(arrived.items)).toEqual(fault === 'after' ? ['task', 'again'] : ['again'])
  },
)

test('nack: its connection breaks → the message comes again all the same', async () => {
  const wire = await fragileWireTo(server.url)
  closings.push(wire.close)
  const { broker } = await open(manualClock(), { url: wire.url })
  const { arrived } = await consume(broker, ['q'])
  await broker.publish([messageTo('q', 'task')])
  await arrived.count(1)
  const broken = wire.breakAt(RELEASE.sha1, 'before')
  const nacked = arrived.items[0]?.nack({ reason: 'no', isRequeued: true })
  await expect(nacked).rejects.toMatchObject({ code: 'redis.unavailable' })
  await broken
  await arrived.count(2)
})

test('nack: dead letters cannot be kept → the message comes again', async () => {
  const clock = manualClock()
  const { broker } = await open(clock, {
    bury: () => Promise.reject(new Error('the database is away')),
  })
  const { arrived } = await consume(broker, ['q'])
  await broker.publish([messageTo('q', 'poison')])
  await arrived.count(1)
  const nacked = arrived.items[0]?.nack({ reason: 'unreadable', isRequeued: false })
  await expect(nacked).rejects.toThrow('the database is away')
  clock.advance(5_000)
  await arrived.count(2)
})

test('crash: a process vanishes with its messages → another gets them when the lock has run out', async () => {
  const clock = manualClock()
  const door = await doorTo(server.url)
  closings.push(door.close)
  const dead = await open(clock, { url: door.url })
  const { arrived: lost } = await consume(dead.broker, ['q'])
  await dead.broker.publish([messageTo('q', 'orphan')])
  await lost.count(1)
  door.shut()
  await dead.faults.count(1)
  const { arrived } = await consume((await open(clock)).broker, ['q'])
  const brokenAtMs = clock.now().getTime()
  const passing = () => {
    if (arrived.items.length === 0) clock.advance(5_000)
    return arrived.items.length
  }
  await expect.poll(passing, { interval: 5 }).toBe(1)
  expect(clock.now().getTime() - brokenAtMs).toBeGreaterThan(LOCK_MS)
  expect(arrived.items).toMatchObject([{ deliveries: 2 }])
  // The dead one comes back: its late ack must not take the message from its new holder.
  door.open()
  await untilHealthy(dead.broker)
  await lost.items[0]?.ack()
  await arrived.items[0]?.nack({ reason: 'again', isRequeued: true })
  await arrived.count(2)
})

test('long work: consumer lives → its message is not given to another', async () => {
  const clock = manualClock()
  const slow = await open(clock)
  const { arrived } = await consume(slow.broker, ['q'])
  await slow.broker.publish([messageTo('q', 'long')])
  await arrived.count(1)
  const { arrived: elsewhere } = await consume((await open(clock)).broker, ['q'])
  const livesUntilMs = () =>
    withClient(async (client) => {
      const scores = await client.zrange(`{${prefix}}:broker:consumers`, '0', '0', 'WITHSCORES')
      return Number(scores[1])
    })
  for (let passedMs = 0; passedMs <= 3 * LOCK_MS; passedMs += 5_000) {
    clock.advance(5_000)
    const renewedMs = clock.now().getTime() + LOCK_MS
    await expect.poll(livesUntilMs, { interval: 5 }).toBe(renewedMs)
  }
  expect(elsewhere.items).toEqual([])
  expect(arrived.items).toHaveLength(1)
  await arrived.items[0]?.ack()
})

test('health: consumers could not renew for longer than their lock → unhealthy, and which', async () => {
  const clock = manualClock()
  const { broker } = await open(clock, { sweepSeconds: 3_600 })
  const consumers = [await consume(broker, ['q']), await consume(broker, ['a', 'b'])]
  expect(await healthOf(broker)).toBe(true)
  // Pausing waits for what is under way, so that nothing renews any more.
  for (const { subscription } of consumers) await subscription.pause()
  const since = clock.now()
  clock.advance(LOCK_MS + 1)
  expect(await broker.health()).toMatchObject({
    isHealthy: false,
    detail: expect.stringContaining('not consumed: q since'),
    stalled: ['q', 'a', 'b'].map((queue) => ({ queue, since })),
  })
  for (const { subscription } of consumers) await subscription.close()
  expect(await healthOf(broker)).toBe(true)
})

test('nack: refused before → the dead letter says how often and why', async () => {
  const { broker, letters } = await open(manualClock())
  const { arrived } = await consume(broker, ['q'])
  const message = messageTo('q', 'poison')
  await broker.publish([message])
  for (const reason of ['a, "b"', 'c\n}']) {
    const count = arrived.items.length + 1
    await arrived.count(count)
    await arrived.items[count - 1]?.nack({ reason, isRequeued: true })
  }
  await arrived.count(3)
  await arrived.items[2]?.nack({ reason: 'enough', isRequeued: false })
  const at = new Date('2026-01-01').toISOString()
  expect(letters).toMatchObject([
    {
      message,
      source: 'redis',
      reason: 'enough',
      deliveries: 3,
      history: [
        { at, reason: 'a, "b"' },
        { at, reason: 'c\n}' },
      ],
    },
  ])
})

test.each(['a b\r\nc', '{tag}', '*', 'ключ:🔑', '\u0000', '12 34 ', '"', '', '\\'])(
  'keys: queue and prefix %j → as any other',
  async (odd) => {
    const { broker } = await open(manualClock(), { keyPrefix: `${prefix}${odd}` })
    const { arrived } = await consume(broker, [odd])
    await broker.publish([messageTo(odd, odd), messageTo(`${odd}.`, 'neighbour')])
    await arrived.count(1)
    expect(arrived.items[0]?.message).toMatchObject({ queue: odd, headers: { task_id: odd } })
    await arrived.items[0]?.ack()
  },
)

test('values: huge and with broken Unicode → delivered as JSON keeps them', async () => {
  const { broker } = await open(manualClock())
  const { arrived } = await consume(broker, ['q'])
  const huge = '𝕏"\\\n'.repeat(1_000_000)
  await broker.publish([messageTo('q', huge), messageTo('q', '\ud800')])
  await arrived.count(2)
  expect(tasksOf(arrived.items)).toEqual([huge, '\ud800'])
})

test('publish: a level that is none → refused', async () => {
  const { broker } = await open(manualClock())
  for (const level of [-1, 10, 1.5])
    await expect(broker.publish([messageTo('q', 'x', null, { level })])).rejects.toThrow(
      /invariant/,
    )
})

test('round trips: 5,000 messages published and acked → a handful of scripts; idle → none', async () => {
  const { broker } = await open(manualClock())
  const other = await open(manualClock(), { keyPrefix: `${prefix}.other` })
  const before = await scriptsRun()
  await broker.publish(Array.from({ length: 5_000 }, (_, n) => messageTo('q', String(n))))
  expect((await scriptsRun()) - before).toBeLessThanOrEqual(5)
  const { arrived } = await consume(broker, ['q'], 5_000)
  await arrived.count(5_000)
  expect(tasksOf(arrived.items)).toEqual(Array.from({ length: 5_000 }, (_, n) => String(n)))
  const delivered = await scriptsRun()
  await Promise.all(arrived.items.map((delivery) => delivery.ack()))
  const acked = await scriptsRun()
  expect(acked - delivered).toBeLessThanOrEqual(10)
  // While another broker has its business, this one, which waits, asks for nothing.
  const { arrived: elsewhere } = await consume(other.broker, ['q'])
  const idleFrom = await scriptsRun()
  await other.broker.publish([messageTo('q', 'elsewhere')])
  await elsewhere.count(1)
  expect((await scriptsRun()) - idleFrom).toBeLessThanOrEqual(3)
})

test('cluster: all keys of a broker share one hash slot', async () => {
  const { broker } = await open(manualClock())
  const { arrived } = await consume(broker, ['q'], 1)
  await broker.publish([messageTo('q', 'a'), messageTo('r', 'b'), messageTo('q', 'c')])
  await arrived.count(1)
  await arrived.items[0]?.nack({ reason: 'later', isRequeued: true, delayMs: 1_000 })
  const keys = await withClient((client) => client.keys(`*${prefix}*`))
  expect(keys.length).toBeGreaterThanOrEqual(7)
  expect(keys.filter((key) => !key.startsWith(`{${prefix}}:`))).toEqual([])
})

test('after all is acked: nothing of it stays in Redis', async () => {
  const { broker } = await open(manualClock())
  const { arrived, subscription } = await consume(broker, ['q'])
  await broker.publish([messageTo('q', 'a'), messageTo('q', 'b')])
  await arrived.count(2)
  await Promise.all(arrived.items.map((delivery) => delivery.ack()))
  await subscription.close()
  const keys = await withClient((client) => client.keys(`{${prefix}}*`))
  expect(keys.sort()).toEqual([`{${prefix}}:broker:epoch`, `{${prefix}}:broker:sequence`])
})
