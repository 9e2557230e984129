import type { CircuitState } from '@cadre/contract'
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib'
import type { Clock } from '../clock.ts'
import { unavailable } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Random } from '../random.ts'
import type { Broker, BuryMessage } from './broker.ts'
import { describeStalls } from './consumer-watch.ts'
import { createRabbitMqConnection } from './rabbitmq-connection.ts'
import { buryTheDead, parcelOfDead, parcelOfUnreadable } from './rabbitmq-dead-letters.ts'
import { encodeMessage, NO_PAST, wayOf, type Parcel } from './rabbitmq-message.ts'
import { brokerNameOf } from './rabbitmq-names.ts'
import { createRabbitMqProbe } from './rabbitmq-probe.ts'
import { createRabbitMqPublisher } from './rabbitmq-publisher.ts'
import {
  createRabbitMqSubscription,
  type RabbitMqSubscription,
  type RefusedMessage,
} from './rabbitmq-subscription.ts'
import {
  createRabbitMqTopology,
  declareTopology,
  type QueueType,
  type RabbitMqTopology,
} from './rabbitmq-topology.ts'

export interface RabbitMqBrokerOptions {
  url: string
  /** Certificate authority of the server, in PEM; without one the system's. */
  ca?: string | null
  clock: Clock
  ids: Ids
  random: Random
  /** A fault in the background, after which the broker tries again by itself. */
  onFault: (error: unknown) => void
  /** Stores a dead letter where the truth is. */
  bury: BuryMessage
  /** Declared even when nobody uses it yet, for agents that consume from it. */
  tasksQueue?: string
  queueType?: QueueType
  /** An exchange of type x-delayed-message that exists already. */
  delayedExchange?: string | null
  heartbeatSeconds?: number
  confirmSeconds?: number
  /** Asks this often whether consumers still are where they should be. */
  probeSeconds?: number
  /** A message delivered more often is dead. */
  deliveriesMax?: number
}

/** What stands on one connection. */
interface Session {
  model: ChannelModel
  topology: RabbitMqTopology
}

/**
 * The broker on RabbitMQ, from 3.10 to 4.x. Every queue, exchange and binding is declared here;
 * a lost connection is made again with everything that stood on it.
 */
export const createRabbitMqBroker = async (options: RabbitMqBrokerOptions): Promise<Broker> => {
  const { clock, random, onFault } = options
  const settings = {
    tasksQueue: options.tasksQueue ?? 'tasks.todo',
    queueType: options.queueType ?? 'classic',
    delayedExchange: options.delayedExchange ?? null,
    deliveriesMax: options.deliveriesMax ?? 100,
    onFault,
  } as const
  const subscriptions = new Set<RabbitMqSubscription>()
  let session: Session | null = null
  const publisher = createRabbitMqPublisher({
    clock,
    confirmMs: (options.confirmSeconds ?? 10) * 1_000,
    onSilence: () => connection.drop(),
    onReturned: (queue) => session?.topology.forget(queue),
  })

  const onUp = async (model: ChannelModel): Promise<void> => {
    model.on('blocked', publisher.block)
    model.on('unblocked', () => publisher.block(null))
    await declareTopology(model, settings)
    const topology = createRabbitMqTopology(model, settings)
    await topology.ensureQueue(settings.tasksQueue)
    publisher.attach(await openPublishChannel(model))
    await openDeadLetterChannel(model)
    session = { model, topology }
    await Promise.all([...subscriptions].map((subscription) => subscription.restore()))
  }
  const onDown = () => {
    session = null
    publisher.detach()
  }
  const openPublishChannel = async (model: ChannelModel): Promise<ConfirmChannel> => {
    const channel = await model.createConfirmChannel()
    channel.on('error', onFault)
    channel.once('close', () => reopenLater(model, openPublishChannel, publisher.attach))
    return channel
  }
  const openDeadLetterChannel = async (model: ChannelModel): Promise<Channel> => {
    const channel = await model.createChannel()
    channel.on('error', onFault)
    channel.once('close', () => reopenLater(model, openDeadLetterChannel, () => {}))
    await buryTheDead(channel, options)
    return channel
  }
  /** A channel that was lost while its connection holds. */
  const reopenLater = <Opened>(
    model: ChannelModel,
    open: (model: ChannelModel) => Promise<Opened>,
    use: (opened: Opened) => void,
  ) => {
    clock.after(CHANNEL_RETRY_MS, () => {
      if (session?.model !== model) return
      open(model).then(use, (error: unknown) => {
        onFault(error)
        reopenLater(model, open, use)
      })
    })
  }
  const connection = createRabbitMqConnection({
    url: options.url,
    ca: options.ca ?? null,
    heartbeatSeconds: options.heartbeatSeconds ?? 10,
    clock,
    random,
    onUp,
    onDown,
    onFault,
  })
  await connection.firstAttempt
  const probe = createRabbitMqProbe({
    clock,
    model: () => session?.model ?? null,
    subscriptions,
    everyMs: (options.probeSeconds ?? 5) * 1_000,
  })
  const circuitNow = (): CircuitState => {
    if (connection.isTrying) return 'half-open'
    return publisher.whyShut === null ? 'closed' : 'open'
  }
  /** What concerns the whole broker; null when its queues may be judged one by one. */
  const whyUnhealthy = async (): Promise<string | null> => {
    const { outage } = connection
    if (outage !== null)
      return `RabbitMQ cannot be reached since ${outage.since.toISOString()}: ${outage.reason}`
    if (publisher.whyShut !== null) return `RabbitMQ takes nothing: ${publisher.whyShut}`
    return (await probe.look()) ? null : 'RabbitMQ does not answer; nothing is consumed'
  }

  const link = () => {
    if (session === null) return null
    const { model, topology } = session
    return { ...linkOf(model), ...topology }
  }
  const linkOf = (model: ChannelModel) => ({
    openChannel: async (): Promise<Channel> => {
      const channel = await model.createChannel()
      channel.on('error', onFault)
      return channel
    },
  })
  const onRefused = async (refused: RefusedMessage): Promise<void> => {
    const { message, past, reason, isRequeued, delayMs } = refused
    if (!isRequeued || past.deliveries >= settings.deliveriesMax)
      return publisher.send([parcelOfDead(refused)])
    const now = clock.now()
    const history = [...past.history, { at: now.toISOString(), reason }]
    // Unless it has to wait, through the default exchange: to this queue and no other.
    const exchange = delayMs > 0 ? (settings.delayedExchange ?? '') : ''
    const way = { exchange, routingKey: brokerNameOf(message.queue) }
    const parcel = encodeMessage(message, { ...past, history }, now, way)
    await publisher.send([delayMs > 0 ? delayed(parcel, delayMs) : parcel])
  }

  return {
    name: 'rabbitmq',
    declare: async (queues) => {
      if (session === null)
        throw unavailable('broker.unavailable', 'The broker cannot be reached now. Try again.')
      await Promise.all(queues.map(session.topology.ensureQueue))
      return queues.map(brokerNameOf)
    },
    publish: async (messages) => {
      const queues = new Set(messages.map(({ queue }) => queue))
      if (session !== null) await Promise.all([...queues].map(session.topology.ensureQueue))
      const now = clock.now()
      await publisher.send(
        messages.map((message) => encodeMessage(message, NO_PAST, now, wayOf(message))),
      )
    },
    subscribe: async (request) => {
      const subscription = createRabbitMqSubscription({
        request,
        clock,
        queueType: settings.queueType,
        isDelayedElsewhere: settings.delayedExchange !== null,
        link,
        onRefused,
        onUnreadable: (received: ConsumeMessage) => publisher.send([parcelOfUnreadable(received)]),
        onFault,
        onClose: () => subscriptions.delete(subscription),
      })
      subscriptions.add(subscription)
      await subscription.restore()
      return subscription
    },
    health: async () => {
      const reason = await whyUnhealthy()
      const circuit = circuitNow()
      if (reason !== null)
        return { isHealthy: false, circuit, detail: reason, stalled: probe.stalled() }
      const stalled = probe.stalled()
      return {
        isHealthy: stalled.length === 0,
        circuit,
        detail:
          stalled.length === 0
            ? `consumers on RabbitMQ: ${subscriptions.size}`
            : describeStalls(stalled),
        stalled,
      }
    },
    tryNow: connection.tryNow,
    close: async () => {
      probe.close()
      await Promise.all([...subscriptions].map((subscription) => subscription.close()))
      await connection.close()
    },
  }
}

const CHANNEL_RETRY_MS = 1_000

/**
 * For an exchange of type x-delayed-message. It routes when the time has come, so a message that
 * is to be routed at once would come back as unroutable.
 */
const delayed = (parcel: Parcel, delayMs: number): Parcel => ({
  ...parcel,
  options: {
    ...parcel.options,
    mandatory: false,
    headers: { ...(parcel.options.headers as object), 'x-delay': delayMs },
  },
})
