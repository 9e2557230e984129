import type { Clock } from '../clock.ts'
import { takeToken, termsOf } from './gcra.ts'
import type { RateLimits } from './shared-state.ts'

/** Limits of this process alone. */
export const createMemoryRateLimits = (options: {
  clock: Clock
  /** Beyond it, the limit that was asked for least recently starts anew. */
  keysMax: number
}): RateLimits => {
  const arrivals = new Map<string, number>()
  return {
    take: async (request) => {
      const nowUs = options.clock.now().getTime() * 1_000
      const { arrivalUs, decision } = takeToken(
        arrivals.get(request.key) ?? null,
        nowUs,
        termsOf(request),
      )
      arrivals.delete(request.key)
      // What has come in evenly by now is as good as a limit that was never used.
      if (arrivalUs !== null && arrivalUs > nowUs) arrivals.set(request.key, arrivalUs)
      const [oldest] = arrivals.size > options.keysMax ? arrivals.keys() : []
      if (oldest !== undefined) arrivals.delete(oldest)
      return decision
    },
  }
}
