import type { Channel, ConsumeMessage } from 'amqplib'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { BuryMessage, DeadLetter, Message } from './broker.ts'
import { createAckLedger } from './rabbitmq-ledger.ts'
import { decodeMessage, headersOf, pastOf, type Parcel, type Past } from './rabbitmq-message.ts'
import { brokerNameOf, DEAD_QUEUE, EXCHANGES } from './rabbitmq-names.ts'

const PREFETCH = 100
const BODY_LENGTH_MAX = 4_000
const UNREADABLE = 'cannot be read'

/** What a message dies of, on its way to the exchange of the dead. */
export interface Death {
  message: Message
  past: Past
  enqueuedAt: Date
  reason: string
}

export const parcelOfDead = ({ message, past, enqueuedAt, reason }: Death): Parcel => ({
  exchange: EXCHANGES.dead,
  routingKey: brokerNameOf(message.queue),
  content: Buffer.alloc(0),
  options: {
    persistent: true,
    mandatory: true,
    messageId: message.id,
    headers: {
      ...headersOf(message, past),
      queue: message.queue,
      reason,
      enqueued_at: enqueuedAt.getTime(),
    },
  },
})

/** A message that no consumer of Cadre's can read goes as it came. */
export const parcelOfUnreadable = (received: ConsumeMessage): Parcel => ({
  exchange: EXCHANGES.dead,
  routingKey: received.fields.routingKey,
  content: received.content,
  options: {
    persistent: true,
    mandatory: true,
    headers: {
      ...received.properties.headers,
      queue: received.fields.routingKey,
      reason: UNREADABLE,
    },
  },
})

interface GravediggerOptions {
  clock: Clock
  ids: Ids
  bury: BuryMessage
  onFault: (error: unknown) => void
}

/** Consumes the queue of the dead into the database, on a channel that lives as long as it works. */
export const buryTheDead = async (channel: Channel, options: GravediggerOptions): Promise<void> => {
  const ledger = createAckLedger(channel)
  channel.once('close', ledger.abandon)
  const receive = async (received: ConsumeMessage): Promise<void> => {
    const tag = received.fields.deliveryTag
    ledger.enter(tag)
    try {
      const letter = letterOf(received, options)
      if (letter !== null) await options.bury(letter)
      ledger.settle(tag)
    } catch (error) {
      // It stays where it is, and comes again with the next channel.
      options.onFault(error)
      await channel.close().catch(() => {})
    }
  }
  await channel.prefetch(PREFETCH)
  await channel.consume(DEAD_QUEUE, (received) => {
    if (received === null) void channel.close().catch(() => {})
    else void receive(received)
  })
}

/** Null for a message that only ran out of time: the outbox has sent it anew. */
const letterOf = (
  received: ConsumeMessage,
  { clock, ids }: GravediggerOptions,
): DeadLetter | null => {
  const headers = received.properties.headers ?? {}
  const brokersReason = headers['x-first-death-reason']
  const isOurs = typeof headers['reason'] === 'string'
  if (!isOurs && brokersReason === 'expired') return null
  const message = decodeMessage(received)
  const { history } = pastOf(received)
  const now = clock.now()
  return {
    message:
      message === null
        ? {
            id: ids.uuid(),
            tenantId: null,
            queue: String(headers['queue'] ?? received.fields.routingKey),
            headers: { body: received.content.toString('utf8').slice(0, BODY_LENGTH_MAX) },
          }
        : { ...message, queue: String(headers['x-first-death-queue'] ?? message.queue) },
    source: 'rabbitmq',
    reason: isOurs ? String(headers['reason']) : `${String(brokersReason ?? 'sent')} by a consumer`,
    deliveries: Number.isInteger(headers['deliveries']) ? (headers['deliveries'] as number) : 1,
    history,
    enqueuedAt: Number.isInteger(headers['enqueued_at'])
      ? new Date(headers['enqueued_at'] as number)
      : now,
    diedAt: now,
  }
}
