import { once } from 'node:events'
import type { ConfirmChannel } from 'amqplib'
import type { Clock } from '../clock.ts'
import { unavailable, type AppError } from '../errors.ts'
import type { Parcel } from './rabbitmq-message.ts'

export interface RabbitMqPublisher {
  attach(channel: ConfirmChannel): void
  detach(): void
  /** The broker takes nothing for now, such as when its memory or disk is full. */
  block(reason: string | null): void
  /** Why nothing is sent at this moment, or null. */
  readonly whyShut: string | null
  /**
   * Resolves when the broker has confirmed every parcel, after one wait for all of them.
   * @throws AppError unavailable when one was refused, returned or not confirmed in time; the
   *   others may have arrived
   */
  send(parcels: readonly Parcel[]): Promise<void>
}

interface PublisherOptions {
  clock: Clock
  confirmMs: number
  /** Nothing was confirmed in time: the connection is not worth keeping. */
  onSilence: () => void
  /** No queue of this name took it. */
  onReturned: (queue: string) => void
}

/** Publishes on one channel with confirms. While the way is shut it refuses at once. */
export const createRabbitMqPublisher = (options: PublisherOptions): RabbitMqPublisher => {
  let channel: ConfirmChannel | null = null
  let blockedReason: string | null = null
  let isSilent = false
  const returned = new Set<string>()

  const whyShut = (): string | null => {
    if (channel === null) return 'not connected'
    if (blockedReason !== null) return `blocked: ${blockedReason}`
    return isSilent ? 'confirms nothing' : null
  }
  const detach = () => {
    channel = null
    blockedReason = null
    isSilent = false
    returned.clear()
  }
  const attach = (opened: ConfirmChannel) => {
    detach()
    channel = opened
    opened.on('return', ({ fields, properties }) => {
      returned.add(String(properties.messageId))
      options.onReturned(String(properties.headers?.['queue'] ?? fields.routingKey))
    })
    opened.once('close', () => {
      if (channel === opened) detach()
    })
  }
  const write = async (
    open: ConfirmChannel,
    parcels: readonly Parcel[],
    onConfirm: (error: unknown) => void,
  ): Promise<void> => {
    for (const parcel of parcels) {
      const { exchange, routingKey, content, options: properties } = parcel
      const hasRoom = open.publish(exchange, routingKey, content, properties, onConfirm)
      if (!hasRoom) await roomIn(open)
    }
  }
  const confirmed = (open: ConfirmChannel, parcels: readonly Parcel[]): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = parcels.length
      let failure: unknown = null
      const timer = options.clock.after(options.confirmMs, () => {
        if (channel === open) isSilent = true
        options.onSilence()
        reject(notConfirmed('not confirmed in time'))
      })
      const fail = (error: unknown) => {
        timer.cancel()
        reject(notConfirmed(error))
      }
      const onConfirm = (error: unknown) => {
        isSilent = false
        failure ??= error
        if (--left > 0) return
        timer.cancel()
        if (failure !== null) fail(failure)
        else if (anyReturned(parcels)) fail('no queue took it')
        else resolve()
      }
      write(open, parcels, onConfirm).catch(fail)
    })
  const anyReturned = (parcels: readonly Parcel[]): boolean => {
    if (returned.size === 0) return false
    return parcels.filter((parcel) => returned.delete(String(parcel.options.messageId))).length > 0
  }

  return {
    attach,
    detach,
    block: (reason) => void (blockedReason = reason),
    get whyShut() {
      return whyShut()
    },
    send: async (parcels) => {
      const reason = whyShut()
      if (channel === null || reason !== null) throw notConfirmed(reason)
      if (parcels.length > 0) await confirmed(channel, parcels)
    },
  }
}

const roomIn = async (channel: ConfirmChannel): Promise<void> => {
  const gone = new AbortController()
  const { signal } = gone
  try {
    await Promise.race([once(channel, 'drain', { signal }), once(channel, 'close', { signal })])
  } finally {
    gone.abort()
  }
}

const notConfirmed = (cause: unknown): AppError =>
  unavailable('broker.unavailable', 'The broker does not take messages now. Try again.', cause)
