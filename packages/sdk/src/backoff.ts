export interface Backoff {
  baseMs: number
  capMs: number
}

/** Equal jitter: between half of the exponential ceiling and the whole of it. `retry` counts from 1. */
export const backoffMs = (
  { baseMs, capMs }: Backoff,
  retry: number,
  random: () => number = Math.random,
): number => {
  const ceiling = Math.min(baseMs * 2 ** (retry - 1), capMs)
  return Math.round(ceiling * (0.5 + 0.5 * random()))
}

/** Resolves after `ms`, or at once when the signal aborts: the caller looks at the signal. */
export const pause = (ms: number, signal?: AbortSignal | null): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const finish = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal?.addEventListener('abort', finish)
  })

/** Waits for the work, but no longer than `ms`. */
export const within = async (ms: number, work: Promise<void>): Promise<void> => {
  const done = new AbortController()
  await Promise.race([work, pause(ms, done.signal)])
  done.abort()
}
