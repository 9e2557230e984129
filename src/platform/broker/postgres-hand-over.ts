import type { Message } from './broker.ts'
import type { LockedMessage } from './postgres-broker-store.ts'

/** A consumer of this process, as somebody who publishes here sees it. */
export interface WaitingConsumer {
  readonly consumer: string
  /** Messages of this queue that it would take at once: none unless it has found all its queues empty. */
  roomFor(queue: string): number
  /** Keeps so many places free until {@link receive}. */
  reserve(places: number): void
  /** Takes messages that were stored as locked by it, in as many of the places; the others are free again. */
  receive(messages: readonly LockedMessage[], places: number): void
  /** Something was stored in `queue` that it was not given. */
  expect(queue: string): void
}

/** Whom each message is given to as it is stored, by its id; the others wait in their queues. */
export interface HandOver {
  readonly consumers: ReadonlyMap<string, string>
  /** @param seqs of the messages that were given, by their ids; empty when nothing was stored */
  complete(seqs: ReadonlyMap<string, number>): void
}

/**
 * Shares messages out among consumers that wait, those of the lowest level first, each to who has
 * most room. Every one is given to a consumer in the statement that stores it, so that it need not
 * be fetched by another.
 */
export const handOver = (
  messages: readonly Message[],
  waiting: Iterable<WaitingConsumer>,
): HandOver => {
  const crowd = [...waiting]
  const given = new Map<WaitingConsumer, Message[]>()
  const consumers = new Map<string, string>()
  const left = new Set<string>()
  if (crowd.length > 0)
    for (const message of messages.toSorted((a, b) => a.level - b.level)) {
      const taker = roomiest(crowd, message.queue)
      if (taker === null) {
        left.add(message.queue)
        continue
      }
      taker.reserve(1)
      consumers.set(message.id, taker.consumer)
      given.set(taker, [...(given.get(taker) ?? []), message])
    }
  return {
    consumers,
    complete: (seqs) => {
      for (const queue of left) for (const consumer of crowd) consumer.expect(queue)
      for (const [consumer, mine] of given)
        consumer.receive(
          mine.flatMap((message) => {
            const seq = seqs.get(message.id)
            return seq === undefined ? [] : [{ seq, deliveries: 1, message }]
          }),
          mine.length,
        )
    },
  }
}

const roomiest = (crowd: readonly WaitingConsumer[], queue: string): WaitingConsumer | null => {
  let best: WaitingConsumer | null = null
  let most = 0
  for (const consumer of crowd) {
    const room = consumer.roomFor(queue)
    if (room > most) [best, most] = [consumer, room]
  }
  return best
}
