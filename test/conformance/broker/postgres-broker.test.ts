import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Broker, Delivery } from '#platform/broker/broker.ts'
import { STALL_MS } from '#platform/broker/consumer-watch.ts'
import { createPostgresBroker } from '#platform/broker/postgres-broker.ts'
import { manualClock, systemClock, type Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { statementChannel, type IssuedStatement } from '#platform/db/statement-channel.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { DIALECTS } from '../../support/databases.ts'
import { inbox } from '../../support/signals.ts'
import { messageTo, newQueue, taskIdOf } from '../../support/message-form.ts'
import { LOCK_SECONDS, openPostgresSite } from './postgres-site.ts'

/** How often a consumer renews its locks. */
const TICK_MS = 5_000

const IDS = createIds(systemClock, systemRandom)

// What only the broker in the database has: locks that are renewed and that run out.

describe.each(DIALECTS)('broker in the database, on %s', (dialect) => {
  let site: Awaited<ReturnType<typeof openPostgresSite>>
  let brokers: Broker[] = []
  const faults: unknown[] = []
  beforeAll(async () => {
    site = await openPostgresSite(dialect)
  })
  afterEach(async () => {
    await Promise.all(brokers.map((broker) => broker.close()))
    brokers = []
    expect(faults).toEqual([])
  })
  afterAll(() => site.close())

  const openBroker = async (clock: Clock): Promise<Broker> => {
    const broker = await site.openBroker({ clock, onFault: (error) => faults.push(error) })
    brokers.push(broker)
    return broker
  }
  const consume = async (broker: Broker, queue: string) => {
    const arrived = inbox<Delivery>()
    await broker.subscribe({ queues: [queue], prefetch: 10, onDelivery: arrived.put })
    return arrived
  }

  test('crash: consumer stops renewing → not delivered to another before the lock runs out', async () => {
    const queue = newQueue()
    const clock = manualClock()
    const broker = await openBroker(clock)
    await broker.publish([messageTo(queue, 'orphan', clock)])
    await site.takeAndDie(queue, clock)
    const takenAtMs = clock.now().getTime()
    const arrived = await consume(broker, queue)
    const passing = () => {
      if (arrived.items.length === 0) clock.advance(5_000)
      return arrived.items.length
    }
    await expect.poll(passing, { interval: 100, timeout: 20_000 }).toBe(1)
    expect(clock.now().getTime() - takenAtMs).toBeGreaterThan(LOCK_SECONDS * 1_000)
  })

  test('long work: consumer lives → its message is not given to another', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const slow = await consume(await openBroker(clock), queue)
    const broker = await openBroker(clock)
    await broker.publish([messageTo(queue, 'long', clock)])
    await slow.count(1)
    const arrived = await consume(broker, queue)
    const heldForMs = async (): Promise<number> => {
      const [row] = await site.db.query<{ locked_until: Date }>(
        'select locked_until from broker_messages where queue = $1',
        [queue],
      )
      return (row?.locked_until.getTime() ?? 0) - clock.now().getTime()
    }
    for (let passedMs = 0; passedMs <= 3 * LOCK_SECONDS * 1_000; passedMs += TICK_MS) {
      clock.advance(TICK_MS)
      // A tick may come while the one before is still being written, or before the consumer waits
      // for it: then the next one renews.
      await expect
        .poll(heldForMs, { interval: 5, timeout: 20_000 })
        .toBeGreaterThanOrEqual(LOCK_SECONDS * 1_000 - 2 * TICK_MS)
    }
    expect(arrived.items).toEqual([])
    await slow.items[0]?.ack()
  })
  /** A consumer that has found its queue empty, and what it is given from then on. */
  const waitingConsumer = async (broker: Broker, queue: string, prefetch = 10) => {
    let arrived = inbox<Delivery>()
    const subscription = await broker.subscribe({
      queues: [queue],
      prefetch,
      onDelivery: (delivery) => arrived.put(delivery),
    })
    for (let isWaiting = false; !isWaiting;) {
      await broker.publish([messageTo(queue, 'probe', systemClock)])
      await arrived.count(1)
      const [probe] = arrived.items
      arrived = inbox()
      await probe?.ack()
      isWaiting = probe?.isFresh ?? false
    }
    return { arrived, subscription }
  }

  test('published where a consumer waits → given to it as it is stored, without a fetch', async () => {
    const queue = newQueue()
    const broker = await openBroker(systemClock)
    const { arrived } = await waitingConsumer(broker, queue)
    const issued: string[] = []
    const note = (message: unknown) => void issued.push((message as IssuedStatement).sql)
    statementChannel.subscribe(note)
    await broker.publish([messageTo(queue, 'b', systemClock, { level: 3 })])
    await broker.publish([messageTo(queue, 'a', systemClock)])
    statementChannel.unsubscribe(note)
    expect(arrived.items.map(taskIdOf)).toEqual(['b', 'a'])
    expect(arrived.items).toMatchObject([
      { isFresh: true, deliveries: 1 },
      { isFresh: true, deliveries: 1 },
    ])
    expect(issued.filter((sql) => sql.includes('skip locked'))).toEqual([])
    expect(await site.countOf(queue)).toBe(2)
    await Promise.all(arrived.items.map((delivery) => delivery.ack()))
    expect(await site.countOf(queue)).toBe(0)
  })

  test('more than it has room for → the first ones, and the rest as places become free', async () => {
    const queue = newQueue()
    const broker = await openBroker(systemClock)
    const { arrived } = await waitingConsumer(broker, queue, 2)
    const levels = [7, 3, 5, 1]
    await broker.publish(
      levels.map((level) => messageTo(queue, `level ${level}`, systemClock, { level })),
    )
    expect(arrived.items.map(taskIdOf)).toEqual(['level 1', 'level 3'])
    for (const delivery of arrived.items.slice(0, 2)) await delivery.ack()
    await arrived.count(4)
    expect(arrived.items.slice(2).map(taskIdOf)).toEqual(['level 5', 'level 7'])
  })

  test('refused after it was given as it was stored → comes again', async () => {
    const queue = newQueue()
    const broker = await openBroker(systemClock)
    const { arrived } = await waitingConsumer(broker, queue)
    await broker.publish([messageTo(queue, 'again', systemClock)])
    await arrived.items[0]?.nack({ reason: 'not now', isRequeued: true })
    await arrived.count(2)
    expect(arrived.items[1]).toMatchObject({ isFresh: false, deliveries: 2 })
  })

  test('paused while its message is being stored → the message is free for others', async () => {
    const queue = newQueue()
    const broker = await openBroker(systemClock)
    const { arrived, subscription } = await waitingConsumer(broker, queue)
    const published = broker.publish([messageTo(queue, 'given back', systemClock)])
    await Promise.all([published, subscription.pause()])
    const other = await consume(broker, queue)
    await other.count(1)
    expect(arrived.items).toEqual([])
    expect(other.items.map(taskIdOf)).toEqual(['given back'])
  })

  test('health: fetching hangs → unhealthy, names the queue and since when', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const hanging: Db = {
      ...site.db,
      query: (text, values) =>
        text.includes('for update skip locked')
          ? new Promise(() => {})
          : site.db.query(text, values),
    }
    const broker = await createPostgresBroker({
      db: hanging,
      clock,
      ids: IDS,
      onFault: (error) => faults.push(error),
    })
    // Never closed: it would wait for its fetch.
    await broker.subscribe({ queues: [queue], prefetch: 1, onDelivery: () => {} })
    await broker.publish([messageTo(queue, 'neglected', clock)])
    const since = clock.now()
    expect(await broker.health()).toMatchObject({ isHealthy: true })
    clock.advance(STALL_MS)
    expect(await broker.health()).toMatchObject({
      isHealthy: false,
      detail: expect.stringContaining(`${queue} since ${since.toISOString()}`),
      stalled: [{ queue, since }],
    })
  })
})
