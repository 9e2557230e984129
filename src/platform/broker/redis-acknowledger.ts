import type { Clock } from '../clock.ts'
import { createGroupCommit } from '../db/group-commit.ts'
import type { HeldRef, HeldRelease, RedisBrokerStore } from './redis-broker-store.ts'

const GROUP = { itemsMax: 1_000, flushesMax: 4, waitingMax: 100_000 } as const

/** Acks and releases of all consumers of this process share round trips. */
export interface RedisAcknowledger {
  ack: (held: HeldRef) => Promise<void>
  release: (release: HeldRelease) => Promise<void>
}

export const createRedisAcknowledger = (
  store: RedisBrokerStore,
  clock: Clock,
): RedisAcknowledger => ({
  ack: createGroupCommit<HeldRef, void>({
    ...GROUP,
    name: 'broker.ack',
    flush: async (held) => {
      await store.acknowledge(held)
      return held.map(() => undefined)
    },
  }),
  release: createGroupCommit<HeldRelease, void>({
    ...GROUP,
    name: 'broker.release',
    flush: async (releases) => {
      await store.release(releases, clock.now())
      return releases.map(() => undefined)
    },
  }),
})
