import type { Clock } from '../clock.ts'
import type { Db } from '../db/db.ts'
import type { Ids } from '../ids.ts'
import type { Delivery, SubscribeOptions, Subscription } from './broker.ts'
import { createIdleGauge } from './consumer-watch.ts'
import type { Acknowledger } from './postgres-acknowledger.ts'
import { buryMessage, extendLocks, lockNext, type LockedMessage } from './postgres-broker-store.ts'
import type { WaitingConsumer } from './postgres-hand-over.ts'

export interface PostgresSubscription extends Subscription, WaitingConsumer {
  /** There may be something in `queue`; '' stands for any. */
  wake(queue: string): void
  /** Keeps the locks of what is outstanding, and looks for what a lost wake-up left behind. */
  renew(): Promise<void>
  /** What it is to consume at this moment. */
  readonly queues: readonly string[]
  /** Since when it could have been given a message and was not; null while it has no room. */
  readonly idleSince: Date | null
}

interface PostgresSubscriptionOptions {
  db: Db
  clock: Clock
  ids: Ids
  request: SubscribeOptions
  acknowledger: Acknowledger
  lockMs: number
  deliveriesMax: number
  onFault: (error: unknown) => void
  onClose: () => void
}

/** One consumer: fetches while it has room, one fetch at a time. */
export const createPostgresSubscription = (
  options: PostgresSubscriptionOptions,
): PostgresSubscription => {
  const { db, clock, acknowledger, request, lockMs } = options
  const consumer = options.ids.uuid()
  const outstanding = new Map<number, Delivery>()
  /** Places of messages that are being stored for it. */
  let reserved = 0
  const underWay = new Set<Promise<void>>()
  let queues = [...request.queues]
  const idle = createIdleGauge(clock)
  let isPaused = false
  let fetching: Promise<void> | null = null
  let mayHaveMore = false

  const room = () => request.prefetch - outstanding.size - reserved
  /**
   * Its place is free before the statement is through: the message may come again at once, as a
   * delivery of its own. Should the statement fail, the lock runs out and it comes again as well.
   */
  const settle = async (seq: number, work: () => Promise<void>): Promise<void> => {
    outstanding.delete(seq)
    idle.freed()
    const settling = work().finally(() => underWay.delete(settling))
    underWay.add(settling)
    if (mayHaveMore) fetch()
    return settling
  }

  const deliver = (locked: LockedMessage, isFresh = false) => {
    const { seq } = locked
    const delivery: Delivery = {
      message: locked.message,
      deliveries: locked.deliveries,
      isFresh,
      ack: async () => {
        if (outstanding.get(seq) === delivery) await settle(seq, () => acknowledger.ack(seq))
      },
      nack: async ({ reason, isRequeued, delayMs = 0 }) => {
        if (outstanding.get(seq) !== delivery) return
        const now = clock.now()
        if (!isRequeued || locked.deliveries >= options.deliveriesMax)
          return settle(seq, () => db.transaction((tx) => buryMessage(tx, seq, reason, now)))
        const availableAt = new Date(now.getTime() + delayMs)
        const refusal = { at: now.toISOString(), reason }
        await settle(seq, () => acknowledger.release({ seq, consumer, availableAt, refusal }))
        if (delayMs > 0) clock.after(delayMs, fetch)
      },
    }
    outstanding.set(seq, delivery)
    idle.delivered(room() > 0)
    request.onDelivery(delivery)
  }

  const fetch = () => {
    mayHaveMore = true
    if (fetching !== null || isPaused || queues.length === 0 || room() <= 0) return
    mayHaveMore = false
    fetching = take(room()).finally(() => {
      fetching = null
      if (mayHaveMore && room() > 0) fetch()
    })
  }
  const take = async (limit: number): Promise<void> => {
    try {
      const now = clock.now()
      const lockedUntil = new Date(now.getTime() + lockMs)
      const locked = await lockNext(db, { queues, consumer, limit, now, lockedUntil })
      if (isPaused) return await giveBack(locked)
      for (const message of locked) deliver(message)
      if (locked.length === limit) mayHaveMore = true
    } catch (error) {
      options.onFault(error)
    }
  }
  const giveBack = async (locked: readonly LockedMessage[]): Promise<void> => {
    const availableAt = clock.now()
    await Promise.all(
      locked.map(({ seq }) => acknowledger.release({ seq, consumer, availableAt, refusal: null })),
    )
  }
  /** What is being fetched at this moment goes back before this resolves. */
  const pause = async () => {
    isPaused = true
    await fetching
  }

  return {
    consumer,
    roomFor: (queue) => {
      const hasFoundNothing = !isPaused && fetching === null && !mayHaveMore
      return hasFoundNothing && queues.includes(queue) ? Math.max(0, room()) : 0
    },
    reserve: (places) => void (reserved += places),
    receive: (messages, places) => {
      reserved -= places
      if (isPaused) void giveBack(messages).catch(options.onFault)
      else for (const message of messages) deliver(message, true)
    },
    expect: (queue) => {
      if (queues.includes(queue)) mayHaveMore = true
    },
    wake: (queue) => {
      if (queue === '' || queues.includes(queue)) fetch()
    },
    renew: async () => {
      const lockedUntil = new Date(clock.now().getTime() + lockMs)
      // Only what is outstanding: a message whose ack failed must come again.
      const seqs = [...outstanding.keys()]
      if (seqs.length > 0) await extendLocks(db, { consumer, seqs, lockedUntil })
      fetch()
    },
    get queues() {
      return isPaused ? [] : queues
    },
    get idleSince() {
      return idle.since
    },
    setQueues: async (next) => {
      queues = [...next]
      fetch()
    },
    pause,
    close: async () => {
      await pause()
      options.onClose()
      const refusal = { reason: 'consumer closed', isRequeued: true }
      await Promise.all([...outstanding.values()].map((delivery) => delivery.nack(refusal)))
      await Promise.allSettled(underWay)
    },
  }
}
