import { TaskMessage } from '@cadre/contract'
import { connect, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { once } from 'node:events'
import { backoffMs, pause, type Backoff } from './backoff.ts'
import type { Offer } from './offers.ts'

const RECONNECT_BACKOFF: Backoff = { baseMs: 200, capMs: 10_000 }
const HEARTBEAT_SECONDS = 10
/** A message stands for its task until somebody claims it; Cadre sends it anew after this time. */
const CLAIM_SECONDS = 300

export interface AmqpOffersOptions {
  /** Such as `amqp://user:password@host:5672/vhost`, or `amqps://` for TLS. */
  url: string
  /** Certificate authority in PEM, where the system's do not do. */
  ca?: string
  /** Asked at each connection: which queues there are to consume. */
  queues: () => Promise<readonly string[]>
  prefetch: number
  signal: AbortSignal
  onOffer: (offer: Offer) => void
  onInvalid: (data: string) => void
  onConnect: () => void
  onDisconnect: (loss: { cause: unknown; retryInMs: number }) => void
}

/**
 * Consumes offers from RabbitMQ until the signal aborts; connects anew for ever. What was
 * delivered and not acknowledged when a connection ends goes to somebody else.
 */
export const followAmqp = async (options: AmqpOffersOptions): Promise<AsyncDisposable> => {
  let model: ChannelModel | null = null
  const run = async () => {
    for (let failures = 0; !options.signal.aborted;) {
      try {
        model = await open(options)
        const channel = await consume(model, options)
        failures = 0
        options.onConnect()
        await ended(channel, model, options.signal)
        if (options.signal.aborted) return
        throw new Error('The connection to RabbitMQ was lost.')
      } catch (cause) {
        await model?.close().catch(() => {})
        if (options.signal.aborted) return
        failures += 1
        const retryInMs = backoffMs(RECONNECT_BACKOFF, failures)
        options.onDisconnect({ cause, retryInMs })
        await pause(retryInMs, options.signal)
      }
    }
  }
  const running = run()
  return {
    [Symbol.asyncDispose]: async () => {
      await running
      await model?.close().catch(() => {})
    },
  }
}

const open = async ({ url, ca }: AmqpOffersOptions): Promise<ChannelModel> => {
  const address = new URL(url)
  if (!address.searchParams.has('heartbeat'))
    address.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  const model = await connect(address.href, {
    noDelay: true,
    ...(ca === undefined ? {} : { ca: [ca] }),
    clientProperties: { connection_name: 'cadre agent' },
  })
  // The loss is heard by its close.
  model.on('error', () => {})
  return model
}

const consume = async (model: ChannelModel, options: AmqpOffersOptions): Promise<Channel> => {
  const queues = await options.queues()
  const channel = await model.createChannel()
  channel.on('error', () => {})
  await channel.prefetch(options.prefetch)
  for (const queue of queues)
    await channel.consume(queue, (message) => {
      // The broker ended the consumer, for instance because the queue was deleted.
      if (message === null) void channel.close().catch(() => {})
      else receive(channel, message, options)
    })
  return channel
}

const receive = (channel: Channel, message: ConsumeMessage, options: AmqpOffersOptions): void => {
  const text = message.content.toString()
  const task = parsed(text)
  if (task === undefined) {
    options.onInvalid(text)
    return settle(() => channel.reject(message, false))
  }
  options.onOffer({
    task_id: task.task_id,
    priority: task.priority,
    traceparent: task.traceparent,
    claim_seconds: CLAIM_SECONDS,
    acknowledge: () => settle(() => channel.ack(message)),
    giveBack: () => settle(() => channel.nack(message, false, true)),
  })
}

/** On a channel that is gone there is nothing to settle: the broker has the message back. */
const settle = (act: () => void): void => {
  try {
    act()
  } catch {}
}

const parsed = (text: string): TaskMessage | undefined => {
  try {
    return TaskMessage.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Settles when the channel or its connection ends, or the signal aborts. */
const ended = async (channel: Channel, model: ChannelModel, signal: AbortSignal): Promise<void> => {
  const over = new AbortController()
  const aborted = signal.aborted
    ? Promise.resolve()
    : once(signal, 'abort', { signal: over.signal })
  const closed = [channel, model].map((emitter) => once(emitter, 'close', { signal: over.signal }))
  const ends = [aborted, ...closed]
  for (const end of ends) end.catch(() => {})
  await Promise.race(ends)
  over.abort()
}
