import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Broker, Delivery } from '#platform/broker/broker.ts'
import { systemClock } from '#platform/clock.ts'
import { inbox } from '../../support/signals.ts'
import { ADAPTERS } from './adapters.ts'
import type { BrokerSite, RestartableServer } from './broker-site.ts'
import { messageTo, newQueue, taskIdOf } from '../../support/message-form.ts'

// What the port promises when its server or the way there is lost. Brokers live by the system's
// clock here, for a server times its own part.

const clock = systemClock
const LOSS_MS_MAX = 60_000

/** Takes what comes, acknowledges it, and remembers the order. */
const consume = async (broker: Broker, queues: string[]) => {
  const arrived = inbox<Delivery>()
  const subscription = await broker.subscribe({
    queues,
    prefetch: 5,
    onDelivery: (delivery) => {
      arrived.put(delivery)
      // Lost with a connection, it comes again.
      delivery.ack().catch(() => {})
    },
  })
  const tasks = () => new Set(arrived.items.map(taskIdOf))
  return { arrived, subscription, tasks }
}

/** Publishes until the broker takes it, as the outbox does. */
const publishAtLast = async (broker: Broker, queue: string, task: string): Promise<void> => {
  await expect
    .poll(
      () =>
        broker.publish([messageTo(queue, task, clock)]).then(
          () => true,
          () => false,
        ),
      {
        interval: 50,
        timeout: LOSS_MS_MAX,
      },
    )
    .toBe(true)
}

describe.each(ADAPTERS.filter(({ name }) => name !== 'pglite'))(
  'connections to $name are cut',
  (adapter) => {
    let site: BrokerSite
    let broker: Broker
    beforeAll(async () => {
      site = await adapter.open()
      broker = await site.openBroker({ clock, onFault: () => {} })
    })
    afterAll(async () => {
      await broker.close()
      await site.close()
    })

    test(
      'consumers → consume again, the queues set meanwhile',
      { timeout: LOSS_MS_MAX },
      async () => {
        const [first, second] = [newQueue(), newQueue()]
        const { arrived, subscription, tasks } = await consume(broker, [first])
        await broker.publish([messageTo(first, 'before', clock)])
        await arrived.count(1)
        await site.cutConnections()
        await subscription.setQueues([first, second])
        await publishAtLast(broker, first, 'after')
        await publishAtLast(broker, second, 'after, elsewhere')
        await arrived.until(() => tasks().size === 3)
      },
    )

    test('what is outstanding → comes again; answering the lost delivery does nothing', async () => {
      const queue = newQueue()
      const arrived = inbox<Delivery>()
      await broker.subscribe({ queues: [queue], prefetch: 5, onDelivery: arrived.put })
      await publishAtLast(broker, queue, 'kept')
      await arrived.count(1)
      // Their consumers outlive the connection.
      if (adapter.name === 'postgres' || adapter.name === 'redis') return
      await site.cutConnections()
      await arrived.count(2)
      const [lost, again] = arrived.items
      expect(again?.deliveries).toBeGreaterThanOrEqual(2)
      await lost?.ack()
      await lost?.nack({ reason: 'late', isRequeued: false })
      await again?.ack()
      await expect.poll(() => site.countOf(queue)).toBe(0)
      expect(await site.deadLettersOf(queue)).toEqual([])
    })
  },
)

const restartable = ADAPTERS.flatMap(({ name, openRestartable }) =>
  openRestartable === null ? [] : [{ name, openRestartable }],
)
describe.each(restartable)('server of $name ends', ({ openRestartable }) => {
  let site: BrokerSite & RestartableServer
  const brokers: Broker[] = []
  beforeAll(async () => {
    site = await openRestartable()
  })
  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()))
  })
  afterAll(() => site.close())
  const openBroker = async () => {
    const broker = await site.openBroker({ clock, onFault: () => {} })
    brokers.push(broker)
    return broker
  }

  test(
    'in order → what was confirmed is delivered when it is back',
    { timeout: LOSS_MS_MAX },
    async () => {
      const queue = newQueue()
      const publisher = await openBroker()
      await publisher.publish([messageTo(queue, 'kept', clock)])
      await site.stopServer()
      await site.startServer()
      const { arrived, tasks } = await consume(await openBroker(), [queue])
      await arrived.count(1)
      expect([...tasks()]).toEqual(['kept'])
    },
  )

  test(
    'killed → what was confirmed is delivered when it is back, refused meanwhile',
    { timeout: LOSS_MS_MAX },
    async () => {
      const queue = newQueue()
      const publisher = await openBroker()
      await publisher.publish(['a', 'b', 'c'].map((task) => messageTo(queue, task, clock)))
      const idle = await consume(await openBroker(), [newQueue()])
      await site.killServer()
      await expect.poll(async () => (await publisher.health()).isHealthy).toBe(false)
      await expect(publisher.publish([messageTo(queue, 'lost', clock)])).rejects.toMatchObject({
        kind: 'unavailable',
      })
      expect((await publisher.health()).circuit).not.toBe('closed')
      const late = await openBroker()
      const { tasks } = await consume(late, [queue])
      await idle.subscription.setQueues([queue])
      await site.startServer()
      const all = () => new Set([...tasks(), ...idle.tasks()])
      await expect.poll(() => [...all()].sort(), { timeout: LOSS_MS_MAX }).toEqual(['a', 'b', 'c'])
      await publishAtLast(publisher, queue, 'd')
      await expect.poll(() => all().size).toBe(4)
      await expect
        .poll(() => late.health(), { timeout: LOSS_MS_MAX })
        .toMatchObject({ isHealthy: true, circuit: 'closed' })
    },
  )

  test(
    'killed while it is published to → whatever was confirmed is delivered',
    { timeout: LOSS_MS_MAX },
    async () => {
      const queue = newQueue()
      const publisher = await openBroker()
      const { arrived, tasks } = await consume(await openBroker(), [queue])
      const confirmed: string[] = []
      let isKilled = false
      const publishing = (async () => {
        for (let n = 0; !isKilled || confirmed.length === 0; n++) {
          const names = Array.from({ length: 20 }, (_, index) => `${n}.${index}`)
          await publisher.publish(names.map((name) => messageTo(queue, name, clock))).then(
            () => confirmed.push(...names),
            () => new Promise(setImmediate),
          )
        }
      })()
      await arrived.count(200)
      await site.killServer()
      isKilled = true
      await publishing
      await site.startServer()
      await publishAtLast(publisher, queue, 'last')
      await expect
        .poll(() => confirmed.filter((name) => !tasks().has(name)), { timeout: LOSS_MS_MAX })
        .toEqual([])
    },
  )
})
