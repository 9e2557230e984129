import { backoffMs, pause, type Backoff } from './backoff.ts'

export const REQUEST_BACKOFF: Backoff = { baseMs: 200, capMs: 5_000 }
/** A server that asks for a longer pause gets its refusal handed to the caller instead. */
export const RETRY_AFTER_MS_MAX = 60_000

/** No answer came: refused, reset, or not within the time-out. The request may have had its effect. */
export class CadreUnreachableError extends Error {
  override readonly name = 'CadreUnreachableError'
}

export interface RetryingFetchOptions {
  fetch: typeof fetch
  /** Time for one attempt, its body included; for a stream, until it opens. */
  timeoutMs: number
  /** 1 never repeats. More only where repeating a request does no harm. */
  attemptsMax: number
  random?: () => number
}

/**
 * A `fetch` with a time-out, which repeats after network errors, 429 and 503: with jittered
 * backoff, or when `Retry-After` says. Throws {@link CadreUnreachableError} when no attempt got
 * an answer, and the signal's reason when the caller aborts.
 */
export const retryingFetch =
  (options: RetryingFetchOptions): typeof fetch =>
  async (input, init) => {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= options.attemptsMax
      const backoff = backoffMs(REQUEST_BACKOFF, attempt, options.random)
      try {
        const response = await fetchOnce(options, input, init)
        const waitMs = retryAfterMs(response) ?? backoff
        if (isLast || !isPassing(response.status) || waitMs > RETRY_AFTER_MS_MAX) return response
        await response.body?.cancel().catch(() => {})
        await pause(waitMs, init?.signal)
      } catch (error) {
        init?.signal?.throwIfAborted()
        if (isLast) throw unreachable(input, options.timeoutMs, error)
        await pause(backoff, init?.signal)
      }
      init?.signal?.throwIfAborted()
    }
  }

const isPassing = (status: number) => status === 429 || status === 503

const fetchOnce = async (
  { fetch, timeoutMs }: RetryingFetchOptions,
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit | undefined,
): Promise<Response> => {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(new TimeoutError(timeoutMs)), timeoutMs)
  const signal = init?.signal ? AbortSignal.any([init.signal, deadline.signal]) : deadline.signal
  try {
    const response = await fetch(input, { ...init, signal })
    // The body of any other answer still has to arrive in time. JSON is read here, for until its
    // timer is cleared or over an answer stays in memory with all that led to it.
    const answer = isJson(response) ? await withBody(response) : response
    if (answer !== response || isStream(response)) clearTimeout(timer)
    // An answer nobody reads must not hold the process.
    else timer.unref?.()
    return answer
  } catch (error) {
    clearTimeout(timer)
    throw error
  }
}

const isStream = (response: Response) => isOfType(response, 'text/event-stream')
const isJson = (response: Response) => isOfType(response, 'application/json')
const isOfType = (response: Response, type: string) =>
  response.headers.get('content-type')?.startsWith(type) ?? false

const withBody = async (response: Response): Promise<Response> => {
  const { status, statusText, headers } = response
  return new Response(await response.text(), { status, statusText, headers })
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`)
  }
}

const unreachable = (
  input: Parameters<typeof globalThis.fetch>[0],
  timeoutMs: number,
  cause: unknown,
): CadreUnreachableError => {
  const { origin } = new URL(input instanceof Request ? input.url : input)
  const why = cause instanceof TimeoutError ? ` within ${timeoutMs / 1000} s` : ''
  return new CadreUnreachableError(`Cadre does not answer at ${origin}${why}.`, { cause })
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
const retryAfterMs = (response: Response): number | undefined => {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}
