import type { Channel } from 'amqplib'

/** The deliveries of one channel that the broker waits to hear about. */
export interface AckLedger {
  /** Tags come in ascending order. */
  enter(tag: number): void
  /** Done with: acknowledged at the end of this turn of the event loop, with all the others. */
  settle(tag: number): void
  /** Back to its queue, at once. */
  giveBack(tag: number): void
  has(tag: number): boolean
  /** Deliveries that are open. */
  readonly size: number
  flush(): void
  /** The channel is gone, and every message with it: nothing here has an effect any more. */
  abandon(): void
}

/**
 * Acknowledges many deliveries with few frames: everything below the oldest open one together,
 * what was overtaken one by one.
 */
export const createAckLedger = (channel: Pick<Channel, 'ack' | 'nack'>): AckLedger => {
  /** Insertion order is the order of tags. */
  const open = new Set<number>()
  let settled: number[] = []
  let isScheduled = false
  let isAbandoned = false

  const abandon = () => {
    isAbandoned = true
    open.clear()
  }
  /** A channel that is closing takes nothing any more, and gives everything back. */
  const attempt = (work: () => void) => {
    try {
      if (!isAbandoned) work()
    } catch {
      abandon()
    }
  }
  const flush = () => {
    isScheduled = false
    const tags = settled
    settled = []
    if (tags.length > 0) attempt(() => acknowledge(tags))
  }
  const acknowledge = (tags: readonly number[]) => {
    const oldestOpen = open.values().next().value ?? Infinity
    const below = tags.filter((tag) => tag < oldestOpen)
    if (below.length > 0) channel.ack(named(Math.max(...below)), true)
    for (const tag of tags) if (tag > oldestOpen) channel.ack(named(tag))
  }
  return {
    enter: (tag) => void open.add(tag),
    has: (tag) => open.has(tag),
    get size() {
      return open.size
    },
    settle: (tag) => {
      if (!open.delete(tag)) return
      settled.push(tag)
      if (isScheduled) return
      isScheduled = true
      setImmediate(flush)
    },
    giveBack: (tag) => {
      if (open.delete(tag)) attempt(() => channel.nack(named(tag), false, true))
    },
    flush,
    abandon,
  }
}

/** As much of a message as its acknowledgement takes. */
const named = (deliveryTag: number) =>
  ({ fields: { deliveryTag } }) as Parameters<Channel['ack']>[0]
