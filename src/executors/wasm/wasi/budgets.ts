/** What one execution may take from the host, besides memory, time and output. */
export interface HostBudgets {
  /** Random bytes, all calls together. */
  randomBytesMax: number
  /** Calls of `poll_oneoff`. */
  pollCallsMax: number
}

export const HOST_BUDGETS: HostBudgets = {
  randomBytesMax: 64 * 1024 * 1024,
  pollCallsMax: 1_000_000,
}

/** Subscriptions of one `poll_oneoff`. */
export const SUBSCRIPTIONS_MAX = 1_024

/**
 * The finest step of every clock the program can read, in nanoseconds. Coarse enough that a
 * program cannot time the host's caches.
 */
export const CLOCK_RESOLUTION_NS = 1_000_000n
