import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Broker, Delivery, SubscribeOptions } from '#platform/broker/broker.ts'
import { manualClock, type Clock } from '#platform/clock.ts'
import { inbox, type Inbox } from '../../support/signals.ts'
import { ADAPTERS } from './adapters.ts'
import { DELIVERIES_MAX, type BrokerSite } from './broker-site.ts'
import { messageTo, newQueue, taskIdOf, TENANT } from '../../support/message-form.ts'

// What the port promises, on every adapter. Time is moved by hand where an adapter keeps it, and
// let pass in `passing` where something has to happen first.

const HOUR_MS = 3_600_000

describe.each(ADAPTERS)('broker on $name', (adapter) => {
  let site: BrokerSite
  let brokers: Broker[] = []
  let faults: unknown[] = []
  beforeAll(async () => {
    site = await adapter.open()
  })
  afterEach(async () => {
    await Promise.all(brokers.map((broker) => broker.close()))
    brokers = []
    const found = faults
    faults = []
    expect(found).toEqual([])
  })
  afterAll(() => site.close())

  const openBroker = async (clock: Clock): Promise<Broker> => {
    const broker = await site.openBroker({ clock, onFault: (error) => faults.push(error) })
    brokers.push(broker)
    return broker
  }
  const consume = async (
    broker: Broker,
    queues: string[],
    {
      prefetch = 10,
      arrived = inbox(),
    }: Partial<Pick<SubscribeOptions, 'prefetch'>> & {
      arrived?: Inbox<Delivery>
    } = {},
  ) => {
    const subscription = await broker.subscribe({ queues, prefetch, onDelivery: arrived.put })
    return { subscription, arrived }
  }

  test('publish: message → delivered as it went, once', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const message = messageTo(queue, 'a "quoted" 𝕏 task', clock, {
      level: 1,
      headers: {
        task_id: 'a "quoted" 𝕏 task',
        priority: 'high',
        attempt: 2,
        agent_id: 'x',
        traceparent,
        command: null,
        schema_version: 1,
      },
    })
    const { arrived } = await consume(broker, [queue])
    await broker.publish([message])
    await arrived.count(1)
    expect(arrived.items[0]).toMatchObject({ message, deliveries: 1 })
    await arrived.items[0]?.ack()
  })

  test('publish: consumer is there → woken without any timer', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const { arrived } = await consume(await openBroker(clock), [queue])
    const other = await openBroker(clock)
    for (let n = 1; n <= 3; n++) {
      await other.publish([messageTo(queue, String(n), clock)])
      await arrived.count(n)
    }
  })

  test('publish: nothing → nothing', async () => {
    const broker = await openBroker(manualClock())
    await expect(broker.publish([])).resolves.toBeUndefined()
  })

  test('order: by level, then by publication', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const levels = [3, 2, 0, 1, 2, 0]
    await broker.publish(
      levels.map((level, n) => messageTo(queue, `${level} ${n}`, clock, { level })),
    )
    const { arrived } = await consume(broker, [queue])
    await arrived.count(6)
    expect(arrived.items.map(taskIdOf)).toEqual(['0 2', '0 5', '1 3', '2 1', '2 4', '3 0'])
  })

  test('prefetch: never more outstanding than asked for, an ack makes room', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    await broker.publish(Array.from({ length: 20 }, (_, n) => messageTo(queue, String(n), clock)))
    const { arrived } = await consume(broker, [queue], { prefetch: 3 })
    for (let done = 0; done < 20; done++) {
      await arrived.count(Math.min(done + 3, 20))
      expect(arrived.items.length).toBeLessThanOrEqual(done + 3)
      await arrived.items[done]?.ack()
    }
    expect(arrived.items.map(taskIdOf)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)))
  })

  test('ack: twice, and nack behind it → one effect', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    await broker.publish([messageTo(queue, 'once', clock)])
    const { arrived, subscription } = await consume(broker, [queue], { prefetch: 1 })
    await arrived.count(1)
    await Promise.all([arrived.items[0]?.ack(), arrived.items[0]?.ack()])
    await arrived.items[0]?.ack()
    await arrived.items[0]?.nack({ reason: 'too late', isRequeued: true })
    await broker.publish([messageTo(queue, 'next', clock)])
    await arrived.count(2)
    await subscription.close()
    expect(arrived.items.map(taskIdOf)).toEqual(['once', 'next'])
  })

  test('nack: requeued → delivered again, counted', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    await broker.publish([messageTo(queue, 'again', clock)])
    const { arrived } = await consume(broker, [queue])
    await arrived.count(1)
    await arrived.items[0]?.nack({ reason: 'not now', isRequeued: true })
    await arrived.count(2)
    expect(arrived.items.map(({ deliveries }) => deliveries)).toEqual([1, 2])
    await arrived.items[1]?.ack()
  })

  test('nack: with a delay → not before it is over, and then without a wake-up', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    await broker.publish([messageTo(queue, 'later', clock)])
    const { arrived } = await consume(broker, [queue])
    await arrived.count(1)
    await arrived.items[0]?.nack({ reason: 'wait', isRequeued: true, delayMs: 1_000 })
    await broker.publish([messageTo(queue, 'meanwhile', clock)])
    await arrived.count(2)
    expect(arrived.items.map(taskIdOf)).toEqual(['later', 'meanwhile'])
    clock.advance(1_000)
    await arrived.count(3)
    expect(taskIdOf(arrived.items[2] as Delivery)).toBe('later')
  })

  test('nack: everything with a delay → others are delivered meanwhile', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const { arrived } = await consume(broker, [queue], { prefetch: 2 })
    await broker.publish(['a', 'b', 'c', 'd'].map((task) => messageTo(queue, task, clock)))
    for (let n = 0; n < 4; n++) {
      await arrived.count(n + 1)
      await arrived.items[n]?.nack({ reason: 'wait', isRequeued: true, delayMs: 60_000 })
    }
    expect(arrived.items.map(taskIdOf)).toEqual(['a', 'b', 'c', 'd'])
    clock.advance(60_000)
    await arrived.count(6)
    expect(arrived.items.slice(4).map(({ deliveries }) => deliveries)).toEqual([2, 2])
  })

  test('nack: not requeued → among the dead letters with its reason, never delivered again', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const message = messageTo(queue, 'poison', clock)
    await broker.publish([message])
    const { arrived, subscription } = await consume(broker, [queue])
    await arrived.count(1)
    await arrived.items[0]?.nack({ reason: 'cannot be read', isRequeued: false })
    await arrived.items[0]?.nack({ reason: 'twice', isRequeued: false })
    await subscription.close()
    await expect
      .poll(() => site.deadLettersOf(queue))
      .toMatchObject([
        {
          id: message.id,
          tenant_id: TENANT,
          reason: 'cannot be read',
          deliveries: 1,
          headers: message.headers,
          history: [],
          events: 1,
        },
      ])
    await expect.poll(() => site.countOf(queue)).toBe(0)
  })

  test('nack: requeued too often → dead', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    await broker.publish([messageTo(queue, 'bouncing', clock)])
    const { arrived } = await consume(broker, [queue])
    for (let delivery = 1; delivery <= DELIVERIES_MAX; delivery++) {
      await arrived.count(delivery)
      await arrived.items[delivery - 1]?.nack({ reason: `no ${delivery}`, isRequeued: true })
    }
    await expect
      .poll(() => site.deadLettersOf(queue))
      .toMatchObject([
        {
          reason: `no ${DELIVERIES_MAX}`,
          deliveries: DELIVERIES_MAX,
          history: [{ reason: 'no 1' }, { reason: 'no 2' }],
        },
      ])
    expect(arrived.items).toHaveLength(DELIVERIES_MAX)
  })

  test('nack: many come again before their refusal is through → each delivery counts', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const arrived = inbox<Delivery>()
    const settled: Promise<void>[] = []
    const bounce = (delivery: Delivery) => {
      const isLast = delivery.deliveries === DELIVERIES_MAX
      settled.push(isLast ? delivery.ack() : delivery.nack({ reason: 'again', isRequeued: true }))
      arrived.put(delivery)
    }
    await broker.subscribe({ queues: [queue], prefetch: 10, onDelivery: bounce })
    const messages = Array.from({ length: 40 }, (_, n) => messageTo(queue, String(n), clock))
    await broker.publish(messages)
    await arrived.count(messages.length * DELIVERIES_MAX)
    await Promise.all(settled)
  })

  test('expiry: message past its time → not delivered, and gone', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const expiresAt = new Date(clock.now().getTime() + 10_000)
    await broker.publish([messageTo(queue, 'stale', clock, { expiresAt })])
    clock.advance(10_000)
    const { arrived } = await consume(broker, [queue])
    await broker.publish([messageTo(queue, 'fresh', clock)])
    await arrived.count(1)
    expect(arrived.items.map(taskIdOf)).toEqual(['fresh'])
    await arrived.items[0]?.ack()
    await expect.poll(() => site.countOf(queue)).toBe(0)
  })

  test('close: what is outstanding → delivered to another at once', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const first = await consume(await openBroker(clock), [queue])
    const second = await openBroker(clock)
    await second.publish([messageTo(queue, 'a', clock), messageTo(queue, 'b', clock)])
    await first.arrived.count(2)
    await first.arrived.items[0]?.ack()
    const { arrived } = await consume(second, [queue])
    await first.subscription.close()
    await arrived.count(1)
    expect(arrived.items).toMatchObject([{ deliveries: 2 }])
    expect(arrived.items.map(taskIdOf)).toEqual(['b'])
  })

  test('close: while messages are being fetched → they go to another at once', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const broker = await openBroker(clock)
    await broker.publish([messageTo(queue, 'caught', clock)])
    const closing = await consume(broker, [queue])
    await closing.subscription.close()
    const afterClose = closing.arrived.items.length
    const { arrived } = await consume(broker, [queue])
    await arrived.count(1)
    expect(closing.arrived.items).toHaveLength(afterClose)
  })

  test('pause: nothing is delivered afterwards; what is outstanding can be acked', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const broker = await openBroker(clock)
    await broker.publish([messageTo(queue, 'a', clock), messageTo(queue, 'b', clock)])
    const paused = await consume(broker, [queue], { prefetch: 1 })
    await paused.arrived.count(1)
    await paused.subscription.pause()
    await paused.arrived.items[0]?.ack()
    const { arrived } = await consume(broker, [queue])
    await arrived.count(1)
    expect(arrived.items.map(taskIdOf)).toEqual(['b'])
    expect(paused.arrived.items.map(taskIdOf)).toEqual(['a'])
  })

  test('crash: consumer dies with a message → delivered to another, counted', async () => {
    const queue = newQueue()
    const clock = manualClock()
    const broker = await openBroker(clock)
    await broker.publish([messageTo(queue, 'orphan', clock)])
    await site.takeAndDie(queue, clock)
    const { arrived } = await consume(broker, [queue])
    const passing = () => {
      if (arrived.items.length === 0) clock.advance(5_000)
      return arrived.items.length
    }
    await expect.poll(passing, { interval: 5 }).toBe(1)
    expect(arrived.items[0]?.deliveries).toBeGreaterThanOrEqual(2)
  })

  test('setQueues: from then on the new queues, what is outstanding stays', async () => {
    const clock = manualClock()
    const [left, right] = [newQueue(), newQueue()]
    const broker = await openBroker(clock)
    const { subscription, arrived } = await consume(broker, [left])
    await broker.publish([messageTo(left, 'first', clock)])
    await arrived.count(1)
    await broker.publish([messageTo(right, 'waiting', clock)])
    await subscription.setQueues([right])
    await arrived.count(2)
    await broker.publish([messageTo(left, 'unheard', clock), messageTo(right, 'heard', clock)])
    await arrived.count(3)
    expect(arrived.items.map(taskIdOf)).toEqual(['first', 'waiting', 'heard'])
    await Promise.all(arrived.items.map((delivery) => delivery.ack()))
    await expect.poll(() => site.countOf(right)).toBe(0)
  })

  test('several consumers: a thousand messages → each delivered to exactly one', async () => {
    const clock = manualClock()
    const queue = newQueue()
    const arrived = inbox<Delivery>()
    const acked = inbox<void>()
    const consumers = await Promise.all([openBroker(clock), openBroker(clock)])
    for (const broker of [...consumers, ...consumers])
      await broker.subscribe({
        queues: [queue],
        prefetch: 7,
        onDelivery: (delivery) => {
          arrived.put(delivery)
          void delivery.ack().then(acked.put)
        },
      })
    const tasks = Array.from({ length: 1_000 }, (_, n) => String(n))
    const publisher = consumers[0]
    for (let from = 0; from < tasks.length; from += 100)
      await publisher.publish(
        tasks.slice(from, from + 100).map((task) => messageTo(queue, task, clock)),
      )
    await acked.count(1_000)
    expect(arrived.items.map(taskIdOf).sort()).toEqual(tasks.sort())
    await expect.poll(() => site.countOf(queue)).toBe(0)
  })

  test('health: nothing to do for a day → healthy; full for a day beside waiting messages → healthy', async () => {
    const clock = manualClock()
    const broker = await openBroker(clock)
    const queue = newQueue()
    const { arrived } = await consume(broker, [queue], { prefetch: 1 })
    // A question that was under way when the day passed counts as not answered.
    const aMomentLater = () => {
      clock.advance(1_000)
      return broker.health()
    }
    clock.advance(24 * HOUR_MS)
    await expect.poll(aMomentLater).toMatchObject({ isHealthy: true, stalled: [] })
    await broker.publish(
      ['a', 'b'].map((task) =>
        messageTo(queue, task, clock, {
          expiresAt: new Date(clock.now().getTime() + 48 * HOUR_MS),
        }),
      ),
    )
    await arrived.count(1)
    clock.advance(24 * HOUR_MS)
    await expect.poll(aMomentLater).toMatchObject({ isHealthy: true, stalled: [] })
  })
})
