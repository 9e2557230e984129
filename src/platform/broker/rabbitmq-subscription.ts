import type { Channel, ConsumeMessage } from 'amqplib'
import type { Clock, Timer } from '../clock.ts'
import type { Delivery, Message, StalledQueue, SubscribeOptions, Subscription } from './broker.ts'
import { createIdleGauge } from './consumer-watch.ts'
import { createAckLedger, type AckLedger } from './rabbitmq-ledger.ts'
import { decodeMessage, pastOf, type Past } from './rabbitmq-message.ts'
import { brokerNameOf } from './rabbitmq-names.ts'
import type { QueueType } from './rabbitmq-topology.ts'

/** What a subscription needs of the connection at this moment. */
export interface ConsumerLink {
  openChannel(): Promise<Channel>
  ensureQueue(queue: string): Promise<void>
  forget(queue: string): void
}

export interface RabbitMqSubscription extends Subscription {
  /** A connection is there: consumes again. Resolves when every queue is consumed, or has failed. */
  restore(): Promise<void>
  /** What it is to consume at this moment. */
  readonly queues: readonly string[]
  /** Since when it could have been given a message and was not; null while it has no room. */
  readonly idleSince: Date | null
  /** Queues without a consumer for longer than it takes to make one. */
  absent(): StalledQueue[]
  /** The broker knows of no consumer of this queue, or of no such queue. */
  missed(queue: string): void
  /** Messages wait and its consumer is given none: the consumer is made anew, once per stall. */
  neglected(queue: string): void
}

export interface RabbitMqSubscriptionOptions {
  request: SubscribeOptions
  clock: Clock
  queueType: QueueType
  /** An exchange waits for what is refused with a delay; otherwise its consumer does. */
  isDelayedElsewhere: boolean
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
  /** To be waited for elsewhere; 0 when it is over. */
  delayMs: number
}

const RETRY_MS = 1_000
const ABSENT_MS_MAX = 3_000
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
  /** Since when a queue that is wanted has no consumer. */
  const missing = new Map<string, { since: Date; reason: string }>()
  const idle = createIdleGauge(clock)
  /** The stall in which a queue's consumer was last made anew. */
  const replacedIn = new Map<string, Date | null>()
  let tagsMade = 0
  let retry: Timer | null = null
  /** Refused with a delay: they keep their place at the broker, and take none of ours. */
  const held = new Set<Timer>()

  const lose = (channel: Channel) => {
    if (current?.channel !== channel) return
    current.ledger.abandon()
    current = null
    for (const queue of consumers.keys()) miss(queue, 'its channel was closed')
    consumers.clear()
    idle.freed()
    for (const timer of held) timer.cancel()
    held.clear()
    if (options.link() !== null) retryLater()
  }
  const miss = (queue: string, reason: string) => {
    if (!isPaused && queues.includes(queue))
      missing.set(queue, { since: missing.get(queue)?.since ?? clock.now(), reason })
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
    if (consumers.get(queue) === consumerTag) missing.delete(queue)
  }
  /** The broker took the consumer away, such as when somebody deleted the queue. */
  const cancelled = (queue: string, tag: string) => {
    if (consumers.get(queue) !== tag) return
    options.onFault(new Error(`RabbitMQ cancelled the consumer of ${queue}.`))
    missed(queue)
  }
  const missed = (queue: string) => {
    if (!consumers.delete(queue)) return
    miss(queue, 'the broker cancelled its consumer')
    options.link()?.forget(queue)
    void sync()
  }
  const neglected = (queue: string) => {
    const tag = consumers.get(queue)
    if (tag === undefined || replacedIn.get(queue) === idle.since) return
    replacedIn.set(queue, idle.since)
    cancel(queue, tag).catch(options.onFault)
    void sync()
  }
  const cancel = async (queue: string, tag: string) => {
    consumers.delete(queue)
    await current?.channel.cancel(tag)
  }
  const reconcile = async (): Promise<void> => {
    const wanted = new Set(isPaused ? [] : queues)
    for (const known of [missing, replacedIn])
      for (const queue of known.keys()) if (!wanted.has(queue)) known.delete(queue)
    const link = options.link()
    if (link === null || isClosed) return
    const refused = (error: unknown) => {
      if (options.link() === null) return
      options.onFault(error)
      retryLater()
    }
    for (const [queue, tag] of consumers)
      if (!wanted.has(queue)) await cancel(queue, tag).catch(refused)
    for (const queue of wanted)
      if (!consumers.has(queue))
        await consume(link, queue).catch((error: unknown) => {
          miss(queue, error instanceof Error ? error.message : 'it was refused')
          refused(error)
        })
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
      isFresh: false,
      ack: () => {
        if (!isAnswered) settle(tag, ledger)
        isAnswered = true
        return DONE
      },
      nack: async ({ reason, isRequeued, delayMs = 0 }) => {
        if (isAnswered || !ledger.has(tag)) return
        isAnswered = true
        const enqueuedAt = new Date(Number(received.properties.timestamp ?? 0) * 1_000)
        const refused = { message, past, enqueuedAt, reason, isRequeued, delayMs }
        if (isRequeued && delayMs > 0 && !options.isDelayedElsewhere) hold(refused, tag, ledger)
        else await put(refused, tag, ledger)
      },
    }
    idle.delivered(ledger.size - held.size < request.prefetch)
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
      settle(tag, ledger)
    } catch (error) {
      // It comes again from where it was, which forgets this refusal and loses nothing.
      options.onFault(error)
      ledger.giveBack(tag)
      idle.freed()
    }
  }
  const settle = (tag: number, ledger: AckLedger) => {
    ledger.settle(tag)
    idle.freed()
  }
  const hold = (refused: RefusedMessage, tag: number, ledger: AckLedger) => {
    const timer = clock.after(refused.delayMs, () => {
      held.delete(timer)
      void adjustRoom().then(() => put({ ...refused, delayMs: 0 }, tag, ledger))
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
    get queues() {
      return isPaused ? [] : queues
    },
    get idleSince() {
      return idle.since
    },
    absent: () => {
      const beforeMs = clock.now().getTime() - ABSENT_MS_MAX
      return [...missing]
        .filter(([, { since }]) => since.getTime() <= beforeMs)
        .map(([queue, why]) => ({ queue, ...why }))
    },
    missed,
    neglected,
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
