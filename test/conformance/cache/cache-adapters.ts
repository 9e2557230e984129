import { randomUUID } from 'node:crypto'
import { createMemoryState } from '#platform/cache/memory-state.ts'
import { createRedisState } from '#platform/cache/redis-state.ts'
import { createResilientState } from '#platform/cache/resilient-state.ts'
import type { SharedState } from '#platform/cache/shared-state.ts'
import { manualClock, type ManualClock } from '#platform/clock.ts'
import { systemRandom } from '#platform/random.ts'
import { sharedRedisUrl } from '../../support/redis-address.ts'

/** States that share, each as a process of its own would have it. */
export interface OpenedStates {
  states: SharedState[]
  clock: ManualClock
  faults: unknown[]
  close(): Promise<void>
}

export interface CacheAdapter {
  name: string
  /** The clock of the test decides when a value expires; otherwise the server's does. */
  isExpiryByClock: boolean
  open(): Promise<OpenedStates>
}

const CONNECT_MS_MAX = 5_000
/** Nobody listens there. */
const NOWHERE = 'redis://127.0.0.1:1'

const opened = (states: SharedState[], clock: ManualClock, faults: unknown[]): OpenedStates => ({
  states,
  clock,
  faults,
  close: async () => void (await Promise.all(states.map((state) => state.close()))),
})

const redisOf = async (url: string, clock: ManualClock, keyPrefix: string, faults: unknown[]) => {
  const redis = createRedisState({
    url,
    clock,
    keyPrefix,
    random: systemRandom,
    onFault: (error) => faults.push(error),
  })
  if (url !== NOWHERE) await redis.whenReady(CONNECT_MS_MAX)
  return redis
}

const resilient = async (url: string): Promise<OpenedStates> => {
  const clock = manualClock()
  const [faults, keyPrefix] = [[] as unknown[], randomUUID()]
  const onFault = (error: unknown) => void faults.push(error)
  const state = createResilientState({
    redis: await redisOf(url, clock, keyPrefix, []),
    memory: createMemoryState({ clock, onFault }),
    clock,
    onLost: () => {},
    onRecovered: () => {},
  })
  return opened([state], clock, faults)
}

/** Whoever keeps to the port is tested through here. */
export const CACHE_ADAPTERS: CacheAdapter[] = [
  {
    name: 'memory',
    isExpiryByClock: true,
    open: async () => {
      const clock = manualClock()
      const faults: unknown[] = []
      const onFault = (error: unknown) => void faults.push(error)
      return opened([createMemoryState({ clock, onFault })], clock, faults)
    },
  },
  {
    name: 'Redis',
    isExpiryByClock: false,
    open: async () => {
      const clock = manualClock()
      const faults: unknown[] = []
      const [url, prefix] = [await sharedRedisUrl(), randomUUID()]
      const processes = [0, 1].map(() => redisOf(url, clock, prefix, faults))
      return opened(await Promise.all(processes), clock, faults)
    },
  },
  {
    name: 'Redis with memory behind it',
    isExpiryByClock: false,
    open: async () => resilient(await sharedRedisUrl()),
  },
  {
    name: 'memory in place of an absent Redis',
    isExpiryByClock: true,
    open: () => resilient(NOWHERE),
  },
]
