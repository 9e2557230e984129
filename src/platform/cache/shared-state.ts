/**
 * What processes share beside the database: quick, and allowed to forget. Nothing here is the
 * truth of anything; whoever reads it can do without.
 */
export interface SharedState {
  readonly cache: Cache
  readonly fanout: Fanout
  readonly rateLimits: RateLimits
  health(): Promise<SharedStateHealth>
  close(): Promise<void>
}

export interface SharedStateHealth {
  /** Unhealthy is what should be shared and is not; it still works within this process. */
  isHealthy: boolean
  detail: string
}

/** Text by key, for a while. May forget sooner, when memory is short. */
export interface Cache {
  /** Null when it is absent, expired or forgotten. */
  get(key: string): Promise<string | null>
  /** A value longer than {@link VALUE_LENGTH_MAX} is not kept, and none that was there before. */
  set(key: string, value: string, keep: { ttlMs: number }): Promise<void>
  delete(key: string): Promise<void>
}

export const VALUE_LENGTH_MAX = 1_048_576

/** Tells every process something now. Nobody who is away is told later. */
export interface Fanout {
  publish(channel: string, payload: string): Promise<void>
  /** Resolves once messages arrive, or, while the way is broken, once they will. */
  subscribe(channel: string, listener: FanoutListener): Promise<() => Promise<void>>
}

export interface FanoutListener {
  onMessage: (payload: string) => void
  /** Messages may have been missed: take nothing for known. */
  onGap: () => void
}

/** Limits that all processes keep together. */
export interface RateLimits {
  /** Counts `cost` against the limit of `key`, or counts nothing and says when to come back. */
  take(request: RateRequest): Promise<RateDecision>
  /**
   * Counts against every limit, or against none when one of them refuses. Decisions come in the
   * order of the requests, which must have different keys.
   */
  takeAll(requests: readonly RateRequest[]): Promise<RateDecision[]>
  /** Takes back what was counted just now and turned out to be no use of the limit. */
  giveBack(request: RateRequest): Promise<void>
}

/** Never changes once it was asked with. */
export interface RateRequest {
  key: string
  /** How much may come at once after a quiet time. */
  burst: number
  /** How much becomes free per second: 1,000,000 at the most. */
  perSecond: number
  /** 1 by default. */
  cost?: number
}

export interface RateDecision {
  isAllowed: boolean
  /** How much could come right after this. */
  remaining: number
  /** 0 when it is allowed; null when `cost` is more than `burst` and never will be. */
  retryAfterMs: number | null
}
