import type { Channel, ConsumeMessage } from 'amqplib'
import type { Clock, Timer } from '../clock.ts'
import type { Delivery, Message, SubscribeOptions, Subscription } from './broker.ts'
import { createAckLedger, type AckLedger } from './rabbitmq-ledger.ts'
import { decodeMessage, pastOf, type Past } from './rabbitmq-message.ts'
import { brokerNameOf } from './rabbitmq-names.ts'
import type { QueueType } from './rabbitmq-topology.ts'

/** What a subscription needs of the connection at this moment. */
export interface ConsumerLink {
  openChannel(): Promise<Channel>
  ensureQueue(queue: string): Promise<void>
}

export interface RabbitMqSubscription extends Subscription {
  /** A connection is there: consumes again. Resolves when every queue is consumed, or has failed. */
  restore(): Promise<void>
}

export interface RabbitMqSubscriptionOptions {
  request: SubscribeOptions
  clock: Clock
  queueType: QueueType
  /** Null while there is no connection. */
  link: () => ConsumerLink | null
  /** Puts a refused message where it belongs; resolves when that is durable. */
  onRefused: (refused: RefusedMessage) => Promise<void>
  onUnreadable: (received: ConsumeMessage) => Promise<void>
  onFault: (error: unknown) => void
  onClose: () => void
}

export interface RefusedMessage {
  message: Message
  past: Past
  enqueuedAt: Date
  reason: string
  isRequeued: boolean
}

const RETRY_MS = 1_000
const DONE: Promise<void> = Promise.resolve()

/** One consumer of several queues on a channel of its own, which is made again when it is lost. */
export const createRabbitMqSubscription = (
  options: RabbitMqSubscriptionOptions,
): RabbitMqSubscription => {
  const { clock, request } = options
  let queues = [...request.queues]
  let isPaused = false
  let isClosed = false
  let current: { channel: Channel; ledger: AckLedger } | null = null
  /** Tag of the consumer of each queue on the current channel. */
  const consumers = new Map<string, string>()
  let tagsMade = 0
  let retry: Timer | null = null
  /** Refused with a delay: they keep their place at the broker, and take none of ours. */
  const held = new Set<Timer>()

  const lose = (channel: Channel) => {
    if (current?.channel !== channel) return
    current.ledger.abandon()
    current = null
    consumers.clear()
    for (const timer of held) timer.cancel()
    held.clear()
    if (options.link() !== null) retryLater()
  }
  const retryLater = () => {
    if (isClosed || retry !== null) return
    retry = clock.after(RETRY_MS, () => {
      retry = null
      void sync()
    })
  }

  const open = async (link: ConsumerLink) => {
    const channel = await link.openChannel()
    const ledger = createAckLedger(channel)
    channel.once('close', () => lose(channel))
    current = { channel, ledger }
    if (options.queueType === 'classic') await channel.prefetch(request.prefetch, true)
    return current
  }
  const consume = async (link: ConsumerLink, queue: string) => {
    await link.ensureQueue(queue)
    const { channel, ledger } = current ?? (await open(link))
    if (options.queueType === 'quorum') await channel.prefetch(shareOf(request.prefetch, queues))
    const consumerTag = `cadre.${++tagsMade}`
    consumers.set(queue, consumerTag)
    const onMessage = (received: ConsumeMessage | null) => {
      if (received === null) cancelled(queue, consumerTag)
      else receive(received, ledger, consumers.get(queue) === consumerTag)
    }
    await channel.consume(brokerNameOf(queue), onMessage, { consumerTag })
  }
  /** The broker took the consumer away, such as when somebody deleted the queue. */
  const cancelled = (queue: string, tag: string) => {
    if (consumers.get(queue) !== tag) return
    consumers.delete(queue)
    options.onFault(new Error(`RabbitMQ cancelled the consumer of ${queue}.`))
    void sync()
  }
  const cancel = async (queue: string, tag: string) => {
    consumers.delete(queue)
    await current?.channel.cancel(tag)
  }
  const reconcile = async (): Promise<void> => {
    const link = options.link()
    if (link === null || isClosed) return
    try {
      const wanted = new Set(isPaused ? [] : queues)
      for (const [queue, tag] of consumers) if (!wanted.has(queue)) await cancel(queue, tag)
      for (const queue of wanted) if (!consumers.has(queue)) await consume(link, queue)
    } catch (error) {
      if (options.link() === link) options.onFault(error)
      retryLater()
    }
  }
  let syncing: Promise<void> = DONE
  /** One change of the consumers at a time. */
  const sync = (): Promise<void> => (syncing = syncing.then(reconcile))

  const receive = (received: ConsumeMessage, ledger: AckLedger, isWanted: boolean) => {
    const tag = received.fields.deliveryTag
    ledger.enter(tag)
    // It was on its way when its consumer was cancelled.
    if (!isWanted || isPaused) return ledger.giveBack(tag)
    const message = decodeMessage(received)
    if (message === null) return settleAfter(ledger, tag, options.onUnreadable(received))
    if (message.expiresAt <= clock.now()) return ledger.settle(tag)
    deliver(message, received, ledger)
  }
  const deliver = (message: Message, received: ConsumeMessage, ledger: AckLedger) => {
    const tag = received.fields.deliveryTag
    const past = pastOf(received)
    let isAnswered = false
    const delivery: Delivery = {
      message,
      deliveries: past.deliveries,
      ack: () => {
        if (!isAnswered) ledger.settle(tag)
        isAnswered = true
        return DONE
      },
      nack: async ({ reason, isRequeued, delayMs = 0 }) => {
        if (isAnswered || !ledger.has(tag)) return
        isAnswered = true
        const enqueuedAt = new Date(Number(received.properties.timestamp ?? 0) * 1_000)
        const refused = { message, past, enqueuedAt, reason, isRequeued }
        if (isRequeued && delayMs > 0) hold(refused, tag, ledger, delayMs)
        else await put(refused, tag, ledger)
      },
    }
    try {
      request.onDelivery(delivery)
    } catch (error) {
      options.onFault(error)
      ledger.giveBack(tag)
    }
  }
  const put = async (refused: RefusedMessage, tag: number, ledger: AckLedger) => {
    if (!ledger.has(tag)) return
    try {
      await options.onRefused(refused)
      ledger.settle(tag)
    } catch (error) {
      // It comes again from where it was, which forgets this refusal and loses nothing.
      options.onFault(error)
      ledger.giveBack(tag)
    }
  }
  const hold = (refused: RefusedMessage, tag: number, ledger: AckLedger, delayMs: number) => {
    const timer = clock.after(delayMs, () => {
      held.delete(timer)
      void adjustRoom().then(() => put(refused, tag, ledger))
    })
    held.add(timer)
    void adjustRoom()
  }
  /** What is held does not take the place of what could be delivered. */
  const adjustRoom = async (): Promise<void> => {
    if (options.queueType !== 'classic') return
    await current?.channel.prefetch(request.prefetch + held.size, true).catch(() => {})
  }
  const settleAfter = (ledger: AckLedger, tag: number, work: Promise<void>) => {
    work.then(
      () => ledger.settle(tag),
      (error: unknown) => {
        options.onFault(error)
        ledger.giveBack(tag)
      },
    )
  }
  const pause = async () => {
    isPaused = true
    await sync()
  }

  return {
    restore: sync,
    setQueues: async (next) => {
      queues = [...next]
      await sync()
    },
    pause,
    close: async () => {
      await pause()
      isClosed = true
      retry?.cancel()
      for (const timer of held) timer.cancel()
      options.onClose()
      const last = current
      current = null
      last?.ledger.flush()
      last?.ledger.abandon()
      // What is open goes back to its queues with the channel.
      await last?.channel.close().catch(() => {})
    },
  }
}

/** A quorum queue has no limit for a whole channel, so each consumer gets a part of it. */
const shareOf = (prefetch: number, queues: readonly string[]): number =>
  Math.max(1, Math.floor(prefetch / Math.max(1, queues.length)))
