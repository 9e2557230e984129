import type { Clock } from '../clock.ts'
import { returnToken, takeToken, termsOf, type RateTerms } from './gcra.ts'
import type { RateLimits, RateRequest } from './shared-state.ts'

/** Limits of this process alone. */
export const createMemoryRateLimits = (options: {
  clock: Clock
  /** Beyond it, the limit that was asked for least recently starts anew. */
  keysMax: number
  /** Processes that keep the same limits, unseen by each other: each has its part. 1 by default. */
  processes?: number
}): RateLimits => {
  const { clock, keysMax, processes = 1 } = options
  const arrivals = new Map<string, number>()
  const nowMicroseconds = () => clock.now().getTime() * 1_000
  const terms = new WeakMap<RateRequest, RateTerms>()
  /** Callers that ask again and again ask with the same object. */
  const partTermsOf = (request: RateRequest): RateTerms => {
    const known = terms.get(request)
    if (known !== undefined) return known
    const made = termsOf(partOf(request))
    terms.set(request, made)
    return made
  }
  const partOf = (request: RateRequest): RateRequest =>
    processes === 1
      ? request
      : {
          ...request,
          // A part that no request fits into would refuse for ever.
          burst: Math.max(request.burst / processes, Math.min(request.cost ?? 1, request.burst)),
          perSecond: request.perSecond / processes,
        }
  const keep = (key: string, arrivalUs: number | null, nowUs: number) => {
    arrivals.delete(key)
    // What has come in evenly by now is as good as a limit that was never used.
    if (arrivalUs !== null && arrivalUs > nowUs) arrivals.set(key, arrivalUs)
    const [oldest] = arrivals.size > keysMax ? arrivals.keys() : []
    if (oldest !== undefined) arrivals.delete(oldest)
  }
  const takeAll = (requests: readonly RateRequest[]) => {
    const nowUs = nowMicroseconds()
    const taken = requests.map((request) =>
      takeToken(arrivals.get(request.key) ?? null, nowUs, partTermsOf(request)),
    )
    const isAllowed = taken.every(({ decision }) => decision.isAllowed)
    for (const [place, { key }] of requests.entries()) {
      const arrivalUs = isAllowed ? taken[place]?.arrivalUs : arrivals.get(key)
      keep(key, arrivalUs ?? null, nowUs)
    }
    return taken.map(({ decision }) => decision)
  }
  return {
    take: async (request) => {
      const nowUs = nowMicroseconds()
      const { arrivalUs, decision } = takeToken(
        arrivals.get(request.key) ?? null,
        nowUs,
        partTermsOf(request),
      )
      keep(request.key, arrivalUs, nowUs)
      return decision
    },
    takeAll: async (requests) => takeAll(requests),
    giveBack: async (request) => {
      const nowUs = nowMicroseconds()
      const arrivalUs = arrivals.get(request.key) ?? null
      keep(request.key, returnToken(arrivalUs, nowUs, partTermsOf(request)), nowUs)
    },
  }
}
