import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { connect } from 'amqplib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Broker, Delivery } from '#platform/broker/broker.ts'
import { manualClock, systemClock } from '#platform/clock.ts'
import { startAmqpSaboteur, type AmqpSaboteur } from '../../support/amqp-saboteur.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { inbox, signal } from '../../support/signals.ts'
import { AUTHORITY_FILE, tlsDoorTo } from '../../support/tls-door.ts'
import { messageTo, newQueue, taskIdOf, TENANT } from '../../support/message-form.ts'
import { openRabbitMqSite, type RabbitMqSite } from './rabbitmq-site.ts'

// What only RabbitMQ has: a topology others can use, and a server that does things by itself.

const clock = systemClock
const HEAL_MS_MAX = 20_000

let site: RabbitMqSite
let brokers: Broker[] = []
let faults: unknown[] = []
beforeAll(async () => {
  site = await openRabbitMqSite()
})
afterEach(async () => {
  await Promise.all(brokers.map((broker) => broker.close()))
  brokers = []
  faults = []
})
afterAll(() => site.close())

const openBroker = async (
  options: Partial<Parameters<RabbitMqSite['openBroker']>[0]> = {},
): Promise<Broker> => {
  const onFault = (error: unknown) => faults.push(error)
  const broker = await site.openBroker({ clock, onFault, ...options })
  brokers.push(broker)
  return broker
}
const consume = async (broker: Broker, queues: string[]) => {
  const arrived = inbox<Delivery>()
  await broker.subscribe({ queues, prefetch: 5, onDelivery: arrived.put })
  return arrived
}
/** As an agent or an operator comes to the server, without Cadre. */
const withOwnChannel = async <Result>(
  work: (
    channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>,
  ) => Promise<Result>,
): Promise<Result> => {
  const model = await connect(site.vhost.url)
  try {
    const channel = await model.createChannel()
    const result = await work(channel)
    // Behind everything that was sent on it, which a connection's end could overtake.
    await channel.close()
    return result
  } finally {
    await model.close()
  }
}

describe('topology', () => {
  test('start → exchanges, the queue of tasks and that of the dead are there', async () => {
    await openBroker({ tasksQueue: 'tasks.elsewhere' })
    await withOwnChannel(async (channel) => {
      for (const name of ['agents', 'commands', 'events', 'tools', 'dead'])
        await channel.checkExchange(`cadre.${name}`)
      await channel.checkQueue('tasks.elsewhere')
      await channel.checkQueue('cadre.dead')
    })
  })

  test('message → body and headers say the same, durably and with what is left of its time', async () => {
    const broker = await openBroker()
    const queue = newQueue()
    const message = messageTo(queue, 'seen', clock, { level: 1 })
    await broker.publish([message])
    const seen = await withOwnChannel(async (channel) => {
      const received = await channel.get(queue, { noAck: true })
      if (received === false) throw new Error('nothing came')
      return received
    })
    expect(JSON.parse(String(seen.content))).toEqual({
      id: message.id,
      tenant: TENANT,
      queue,
      ...message.headers,
    })
    expect(seen.properties).toMatchObject({
      messageId: message.id,
      type: 'cadre.task',
      deliveryMode: 2,
      priority: 8,
      headers: { id: message.id, tenant: TENANT, task_id: 'seen', attempt: 1, schema_version: 1 },
    })
    expect(Number(seen.properties.expiration)).toBeGreaterThan(3_500_000)
  })

  test('time of a message is over with nobody there → the server removes it, and it is no dead letter', async () => {
    const broker = await openBroker()
    const queue = newQueue()
    const expiresAt = new Date(clock.now().getTime() + 100)
    await broker.publish([messageTo(queue, 'stale', clock, { expiresAt })])
    await expect.poll(() => site.countOf(queue), { timeout: HEAL_MS_MAX }).toBe(0)
    await expect.poll(() => site.countOf('cadre.dead')).toBe(0)
    expect(await site.deadLettersOf(queue)).toEqual([])
  })

  test('a queue whose name means any word in a binding → only its own messages', async () => {
    const broker = await openBroker()
    const prefix = newQueue()
    const [wild, tame] = [`${prefix}.#`, `${prefix}.word`]
    const arrived = await consume(broker, [wild])
    await consume(broker, [tame])
    await broker.publish([messageTo(tame, 'not for it', clock), messageTo(wild, 'for it', clock)])
    await arrived.count(1)
    expect(arrived.items.map(({ message }) => message.queue)).toEqual([wild])
    expect(arrived.items.map(taskIdOf)).toEqual(['for it'])
  })

  test('somebody declared the queue otherwise → used as it is, and reported', async () => {
    const queue = newQueue()
    await withOwnChannel((channel) => channel.assertQueue(queue, { durable: true }))
    const broker = await openBroker()
    const arrived = await consume(broker, [queue])
    await broker.publish([messageTo(queue, 'anyway', clock)])
    await arrived.count(1)
    expect(faults.map(String)).toEqual([expect.stringContaining('PRECONDITION_FAILED')])
  })

  test('quorum queues → messages come, and come again', async () => {
    const broker = await openBroker({ queueType: 'quorum', tasksQueue: newQueue() })
    const queue = newQueue()
    const arrived = await consume(broker, [queue])
    await broker.publish([messageTo(queue, 'again', clock)])
    await arrived.count(1)
    await arrived.items[0]?.nack({ reason: 'not now', isRequeued: true })
    await arrived.count(2)
    expect(arrived.items[1]?.deliveries).toBe(2)
    await arrived.items[1]?.ack()
  })

  test('a delayed exchange is configured → what is refused with a delay goes there', async () => {
    // Stands in for one of type x-delayed-message, which is a plugin; it does not delay.
    const exchange = `delayed.${newQueue()}`
    await withOwnChannel((channel) => channel.assertExchange(exchange, 'topic'))
    const broker = await openBroker({ delayedExchange: exchange })
    const queue = newQueue()
    const arrived = await consume(broker, [queue])
    await broker.publish([messageTo(queue, 'later', clock)])
    await arrived.count(1)
    await arrived.items[0]?.nack({ reason: 'wait', isRequeued: true, delayMs: 3_600_000 })
    await arrived.count(2)
    expect(arrived.items[1]?.deliveries).toBe(2)
  })
})

describe('dead letters', () => {
  test('a message that is none of Cadre → among them, with its body', async () => {
    const broker = await openBroker()
    const queue = newQueue()
    await consume(broker, [queue])
    await withOwnChannel(async (channel) => {
      channel.sendToQueue(queue, Buffer.from('no JSON'), { headers: { task_id: 7 } })
    })
    await expect
      .poll(() => site.deadLettersOf(queue), { timeout: HEAL_MS_MAX })
      .toMatchObject([
        {
          tenant_id: null,
          source: 'rabbitmq',
          reason: 'cannot be read',
          headers: { body: 'no JSON' },
        },
      ])
    await expect.poll(() => site.countOf(queue)).toBe(0)
  })

  test('an agent rejects a message at the server → among them', async () => {
    const broker = await openBroker()
    const queue = newQueue()
    const message = messageTo(queue, 'rejected', clock)
    await broker.publish([message])
    await withOwnChannel(async (channel) => {
      const received = await channel.get(queue)
      if (received !== false) channel.reject(received, false)
    })
    await expect
      .poll(() => site.deadLettersOf(queue), { timeout: HEAL_MS_MAX })
      .toMatchObject([{ id: message.id, tenant_id: TENANT, reason: 'rejected by a consumer' }])
  })
})

describe('queue deleted', () => {
  test('before a publication → refused once, then made again', async () => {
    const broker = await openBroker()
    const queue = newQueue()
    await broker.publish([messageTo(queue, 'first', clock)])
    await site.vhost.management.deleteQueue(site.vhost.name, queue)
    const publish = () => broker.publish([messageTo(queue, 'second', clock)])
    await expect(publish()).rejects.toMatchObject({ code: 'broker.unavailable' })
    await publish()
    await expect.poll(() => site.countOf(queue)).toBe(1)
  })

  test('under a consumer → made again and consumed again', async () => {
    const broker = await openBroker()
    const queue = newQueue()
    const arrived = await consume(broker, [queue])
    await site.vhost.management.deleteQueue(site.vhost.name, queue)
    await expect
      .poll(() =>
        broker.publish([messageTo(queue, 'after', clock)]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await arrived.until((items) => items.some((item) => taskIdOf(item) === 'after'))
  })

  test(
    'and it may not be made again → health names it, until it may',
    { timeout: 60_000 },
    async () => {
      const user = await site.vhost.newUser()
      const broker = await openBroker({ url: user.url, probeSeconds: 1 })
      const queue = newQueue()
      const arrived = await consume(broker, [queue])
      const { management, name } = site.vhost
      await user.permit('cadre.*')
      await management.deleteQueue(name, queue)
      await expect
        .poll(() => broker.health(), { timeout: HEAL_MS_MAX })
        .toMatchObject({
          isHealthy: false,
          detail: expect.stringContaining(queue),
          stalled: [{ queue, since: expect.any(Date) }],
        })
      await user.permit('.*')
      await expect
        .poll(() => broker.health(), { timeout: HEAL_MS_MAX })
        .toMatchObject({ isHealthy: true, stalled: [] })
      await broker.publish([messageTo(queue, 'back', clock)])
      await arrived.until((items) => items.some((item) => taskIdOf(item) === 'back'))
    },
  )
})

describe('way in', () => {
  test('server is back, and the clock stands still → not tried; told to try now → used', async () => {
    site.door.shut()
    const broker = await openBroker({ clock: manualClock() })
    expect(await broker.health()).toMatchObject({ isHealthy: false, circuit: 'open' })
    const { knocks } = site.door
    site.door.open()
    expect(await broker.health()).toMatchObject({ isHealthy: false, circuit: 'open' })
    expect(site.door.knocks).toBe(knocks)
    broker.tryNow()
    await expect
      .poll(() => broker.health(), { timeout: HEAL_MS_MAX })
      .toMatchObject({ isHealthy: true, circuit: 'closed' })
    expect(site.door.knocks).toBe(knocks + 1)
    broker.tryNow()
    expect(await broker.health()).toMatchObject({ isHealthy: true, circuit: 'closed' })
    expect(site.door.knocks).toBe(knocks + 1)
  })

  test.each([
    { trusted: 'its authority', ca: readFileSync(AUTHORITY_FILE, 'utf8'), isHealthy: true },
    { trusted: 'another authority', ca: rootCertificates[0] ?? '', isHealthy: false },
    { trusted: "the system's only", ca: null, isHealthy: false },
  ])('TLS, trusting $trusted → connected: $isHealthy', async ({ ca, isHealthy }) => {
    const door = await tlsDoorTo(site.vhost.url)
    const broker = await openBroker({ url: door.url, ca })
    const health = await broker.health()
    expect(health.isHealthy).toBe(isHealthy)
    if (!isHealthy) expect(health.detail).toMatch(/certificate/)
    await broker.close()
    await door.close()
  })

  test('wrong password → unhealthy, says so and not the password', async () => {
    const url = new URL(site.vhost.url)
    url.password = 'not-the-password'
    const broker = await openBroker({ url: url.href })
    const { isHealthy, detail } = await broker.health()
    expect(isHealthy).toBe(false)
    expect(detail).toMatch(/ACCESS.REFUSED/)
    expect(detail).not.toContain('not-the-password')
  })
})

describe('consumer vanishes, and nobody is told', () => {
  let saboteur: AmqpSaboteur
  beforeAll(async () => {
    saboteur = await startAmqpSaboteur(site.vhost.url)
  })
  afterAll(() => saboteur.close())

  /** A broker that believes to consume the queue. */
  const deceived = async (queue: string) => {
    const hand = manualClock()
    const broker = await openBroker({ url: saboteur.url, clock: hand })
    const arrived = await consume(broker, [queue])
    saboteur.cancelSilently(queue)
    await expect.poll(() => consumersOf(queue)).toBe(0)
    const isBack = () => {
      if (arrived.items.length === 0) hand.advance(1_000)
      return arrived.items.length > 0
    }
    return { broker, hand, isBack }
  }
  const consumersOf = (queue: string) =>
    withOwnChannel(async (channel) => (await channel.checkQueue(queue)).consumerCount)

  test('alone → consumes again', async () => {
    const queue = newQueue()
    const { broker, hand, isBack } = await deceived(queue)
    await broker.publish([messageTo(queue, 'forgotten', hand)])
    await expect.poll(isBack, { timeout: HEAL_MS_MAX }).toBe(true)
  })

  test('beside another that has no room → consumes again', async () => {
    const queue = newQueue()
    const { broker, hand, isBack } = await deceived(queue)
    await withOwnChannel(async (channel) => {
      await channel.prefetch(1)
      const taken = signal<unknown>()
      await channel.consume(queue, taken.fire)
      await broker.publish(['taken', 'forgotten'].map((task) => messageTo(queue, task, hand)))
      await taken.promise
      await expect.poll(isBack, { timeout: HEAL_MS_MAX }).toBe(true)
    })
  })
})

test('server gives all messages of a queue to somebody else → health names it, until they come', async () => {
  const queue = newQueue()
  const hand = manualClock()
  const broker = await openBroker({ clock: hand })
  const healthSoon = () => {
    hand.advance(1_000)
    return broker.health()
  }
  let arrived = inbox<Delivery>()
  await withOwnChannel(async (channel) => {
    const options = { durable: true, arguments: { 'x-single-active-consumer': true } }
    await channel.assertQueue(queue, options)
    await channel.prefetch(1)
    const taken = signal<unknown>()
    await channel.consume(queue, taken.fire)
    arrived = await consume(broker, [queue])
    await broker.publish(['held', 'waiting'].map((task) => messageTo(queue, task, hand)))
    await taken.promise
    await expect.poll(healthSoon, { timeout: HEAL_MS_MAX }).toMatchObject({
      isHealthy: false,
      detail: expect.stringContaining(queue),
      stalled: [{ queue, reason: 'messages wait and none is taken' }],
    })
    expect(arrived.items).toEqual([])
  })
  await arrived.count(2)
  await expect.poll(healthSoon).toMatchObject({ isHealthy: true, stalled: [] })
})

test(
  'connection is half open → unhealthy, publishing refused, then all is well',
  { timeout: 60_000 },
  async () => {
    const network = await startFaultProxy(site.vhost.url)
    try {
      const broker = await openBroker({ url: network.url, heartbeatSeconds: 1, confirmSeconds: 1 })
      const queue = newQueue()
      const arrived = await consume(broker, [queue])
      network.set('half-open')
      const publish = () => broker.publish([messageTo(queue, 'kept', clock)])
      await expect(publish()).rejects.toMatchObject({ kind: 'unavailable' })
      await expect
        .poll(() => broker.health())
        .toMatchObject({ isHealthy: false, circuit: expect.stringMatching(/open/) })
      network.set('none')
      const isPublished = () =>
        publish().then(
          () => true,
          () => false,
        )
      await expect.poll(isPublished, { timeout: HEAL_MS_MAX }).toBe(true)
      await arrived.count(1)
      await expect
        .poll(() => broker.health(), { timeout: HEAL_MS_MAX })
        .toMatchObject({ isHealthy: true, circuit: 'closed' })
    } finally {
      await network.close()
    }
  },
)
