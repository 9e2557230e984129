import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { BuryMessage, Delivery, SubscribeOptions, Subscription } from './broker.ts'
import type { RedisAcknowledger } from './redis-acknowledger.ts'
import type { RedisBrokerStore, TakenMessage } from './redis-broker-store.ts'

export interface RedisSubscription extends Subscription {
  /** There may be something in `queue`; '' stands for any. */
  wake(queue: string): void
  /**
   * Tells Redis that this consumer lives and what it has. What it was given without getting it,
   * because the connection broke, is free again at once.
   */
  renew(): Promise<void>
  /** When it last heard from Redis that its messages are its own. */
  readonly renewedAt: Date
  readonly queues: readonly string[]
}

export interface RedisSubscriptionOptions {
  store: RedisBrokerStore
  clock: Clock
  ids: Ids
  request: SubscribeOptions
  acknowledger: RedisAcknowledger
  lockMs: number
  deliveriesMax: number
  bury: BuryMessage
  onFault: (error: unknown) => void
  onClose: () => void
}

/** One consumer: takes while it has room. Taking and renewing take turns. */
export const createRedisSubscription = (options: RedisSubscriptionOptions): RedisSubscription => {
  const { store, clock, acknowledger, request } = options
  const consumer = options.ids.uuid()
  const outstanding = new Map<string, Delivery>()
  /** Being acked or released: not outstanding any more, and yet not to be freed meanwhile. */
  const settling = new Map<string, Promise<void>>()
  let queues = [...request.queues]
  let isPaused = false
  let isClosed = false
  let isTakeQueued = false
  let mayHaveMore = false
  let renewedAt = clock.now()
  let turn: Promise<void> = Promise.resolve()

  const room = () => request.prefetch - outstanding.size
  const livesUntil = () => new Date(clock.now().getTime() + options.lockMs)
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch(options.onFault)
    return turn
  }
  const settle = async (ref: string, work: Promise<void>): Promise<void> => {
    const settled = work.finally(() => settling.delete(ref))
    settling.set(ref, settled)
    outstanding.delete(ref)
    if (mayHaveMore) fetch()
    return settled
  }

  const deliver = (taken: TakenMessage) => {
    const { ref, message, deliveries } = taken
    const delivery: Delivery = {
      message,
      deliveries,
      isFresh: false,
      // The place is free at once. Should the step fail, the next renewal frees the message and
      // it comes again, as at-least-once delivery allows.
      ack: async () => {
        if (outstanding.has(ref)) await settle(ref, acknowledger.ack({ consumer, ref }))
      },
      nack: async ({ reason, isRequeued, delayMs = 0 }) => {
        if (!outstanding.has(ref)) return
        const now = clock.now()
        if (!isRequeued || deliveries >= options.deliveriesMax)
          return settle(ref, buryAndForget(taken, reason, now))
        const availableAt = new Date(now.getTime() + delayMs)
        const refusal = { at: now.toISOString(), reason }
        await settle(ref, acknowledger.release({ consumer, ref, availableAt, refusal }))
        if (delayMs > 0) clock.after(delayMs, fetch)
      },
    }
    outstanding.set(ref, delivery)
    request.onDelivery(delivery)
  }
  /** First among the dead, then gone from here: a crash between leaves it twice, never nowhere. */
  const buryAndForget = async (taken: TakenMessage, reason: string, diedAt: Date) => {
    const { ref, ...letter } = taken
    await options.bury({ ...letter, source: 'redis', reason, diedAt })
    await acknowledger.ack({ consumer, ref })
  }

  const fetch = () => {
    mayHaveMore = true
    if (isTakeQueued || isPaused || queues.length === 0 || room() <= 0) return
    isTakeQueued = true
    void inTurn(() => {
      isTakeQueued = false
      return take()
    })
  }
  const take = async (): Promise<void> => {
    const limit = room()
    if (isPaused || queues.length === 0 || limit <= 0) return
    mayHaveMore = false
    const request = { consumer, queues, limit, now: clock.now(), livesUntil: livesUntil() }
    const taken = await store.take(request)
    renewedAt = clock.now()
    if (isPaused) return giveBack(taken)
    for (const message of taken) deliver(message)
    if (taken.length === limit) {
      mayHaveMore = true
      if (room() > 0) fetch()
    }
  }
  const giveBack = async (taken: readonly TakenMessage[]): Promise<void> => {
    const availableAt = clock.now()
    await Promise.all(
      taken.map(({ ref }) => acknowledger.release({ consumer, ref, availableAt, refusal: null })),
    )
  }
  /** What is being taken at this moment goes back before this resolves. */
  const pause = async () => {
    isPaused = true
    await turn
  }

  return {
    get renewedAt() {
      return renewedAt
    },
    get queues() {
      return queues
    },
    wake: (queue) => {
      if (queue === '' || queues.includes(queue)) fetch()
    },
    renew: () =>
      inTurn(async () => {
        if (isClosed) return
        await store.renew(consumer, livesUntil(), [...outstanding.keys(), ...settling.keys()])
        renewedAt = clock.now()
        fetch()
      }),
    setQueues: async (next) => {
      queues = [...next]
      fetch()
    },
    pause,
    close: async () => {
      isClosed = true
      await pause()
      outstanding.clear()
      await Promise.allSettled(settling.values())
      // Should Redis be away, another process frees them when the lock has run out.
      await store.leave(consumer).catch(options.onFault)
      options.onClose()
    },
  }
}
