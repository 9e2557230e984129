import type { Clock } from '../clock.ts'
import { createMemoryCache } from './memory-cache.ts'
import { createMemoryFanout } from './memory-fanout.ts'
import { createMemoryRateLimits } from './memory-rate-limits.ts'
import type { SharedState } from './shared-state.ts'

const CACHE_LENGTH_MAX = 16 * 1_048_576
const RATE_KEYS_MAX = 100_000

export interface MemoryState extends SharedState {
  /** Forgets what is cached. Limits go on. */
  forget(): void
}

/** Shared by whoever is in this process: enough where there is only one. */
export const createMemoryState = (options: {
  clock: Clock
  onFault: (error: unknown) => void
  cacheLengthMax?: number
  rateKeysMax?: number
  /** Processes that keep the same limits, each its part of them. */
  rateProcesses?: number
}): MemoryState => {
  const { clock } = options
  const cache = createMemoryCache({ clock, lengthMax: options.cacheLengthMax ?? CACHE_LENGTH_MAX })
  return {
    cache,
    fanout: createMemoryFanout(options.onFault),
    rateLimits: createMemoryRateLimits({
      clock,
      keysMax: options.rateKeysMax ?? RATE_KEYS_MAX,
      processes: options.rateProcesses,
    }),
    forget: cache.clear,
    health: async () => ({ isHealthy: true, detail: 'in this process' }),
    close: async () => cache.clear(),
  }
}
