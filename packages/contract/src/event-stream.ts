import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { CadreError } from './client.ts'

/** One server-sent event (WHATWG HTML, section 9.2). `type` is `message` where none was given. */
export interface StreamMessage {
  type: string
  id: string | undefined
  data: string
}

/** Cadre sends a comment every 15 s, so three missed ones mean that nobody is there any more. */
export const STREAM_SILENCE_MS_MAX = 45_000
/** A longer event than this is a fault, not an event. */
export const STREAM_EVENT_LENGTH_MAX = 4 * 1024 * 1024

export const RECONNECT_BASE_MS = 250
export const RECONNECT_CAP_MS = 10_000

export class StreamSilentError extends Error {
  override readonly name = 'StreamSilentError'
}

export interface FollowOptions {
  /** Opens the stream behind the event with this id, or at its beginning. */
  open: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>
  /** Ends the iteration without an error. */
  signal: AbortSignal
  /** Starts behind this event. */
  lastEventId?: string
  /** Silence after which a connection counts as dead. Default 45 s. */
  silenceMsMax?: number
  /** Pause before the n-th attempt in a row (from 1) to connect again. Default: jittered, 10 s at most. */
  reconnectDelayMs?: (failures: number) => number
  onConnect?: () => void
  /** Told of each loss, before the pause; `cause` is undefined where the server closed in order. */
  onDisconnect?: (loss: { cause: unknown; retryInMs: number }) => void
}

/**
 * The events of a stream that outlives its connections: reconnects for ever, resumes behind the
 * last event seen, and treats silence as loss. Throws only what connecting again cannot mend,
 * such as a {@link CadreError} with status 401, 403, 404 or 409.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<StreamMessage, void> {
  const delayMs = options.reconnectDelayMs ?? reconnectDelayMs
  let lastEventId = options.lastEventId
  let failures = 0
  while (!options.signal.aborted) {
    let cause: unknown
    const startedAt = performance.now()
    const connection = new AbortController()
    const abort = () => connection.abort(options.signal.reason)
    options.signal.addEventListener('abort', abort)
    try {
      const response = await options.open(lastEventId, connection.signal)
      options.onConnect?.()
      for await (const message of readEvents(response, options.silenceMsMax)) {
        failures = 0
        lastEventId = message.id || lastEventId
        yield message
      }
    } catch (error) {
      if (isFinal(error)) throw error
      cause = error
    } finally {
      options.signal.removeEventListener('abort', abort)
      connection.abort()
    }
    if (options.signal.aborted) return
    // A quiet connection that lasted was a good one: its loss starts a new count.
    if (performance.now() - startedAt > RECONNECT_CAP_MS) failures = 0
    failures += 1
    const retryInMs = delayMs(failures)
    options.onDisconnect?.({ cause, retryInMs })
    await pause(retryInMs, options.signal)
  }
}

/** The events of one connection; throws {@link StreamSilentError} when nothing at all arrives. */
export async function* readEvents(
  response: Response,
  silenceMsMax = STREAM_SILENCE_MS_MAX,
): AsyncGenerator<StreamMessage, void> {
  if (!response.body) return
  const arrived: EventSourceMessage[] = []
  let fault: Error | undefined
  const parser = createParser({
    maxBufferSize: STREAM_EVENT_LENGTH_MAX,
    onEvent: (event) => arrived.push(event),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') fault = error
    },
  })
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const chunk = await withinSilence(reader.read(), silenceMsMax)
      if (chunk.done) return
      parser.feed(decoder.decode(chunk.value, { stream: true }))
      for (const event of arrived.splice(0)) {
        yield { type: event.event ?? 'message', id: event.id, data: event.data }
      }
      if (fault) throw fault
    }
  } finally {
    // Also reached when the consumer stops early: the connection must not stay open behind it.
    void reader.cancel().catch(() => {})
  }
}

/** Full jitter over an exponential ceiling, never below a tenth of it: no thundering herd. */
export const reconnectDelayMs = (failures: number, random: () => number = Math.random): number => {
  const ceiling = Math.min(RECONNECT_BASE_MS * 2 ** (failures - 1), RECONNECT_CAP_MS)
  return Math.round(ceiling * (0.1 + 0.9 * random()))
}

const withinSilence = async <Value>(value: Promise<Value>, silenceMsMax: number) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StreamSilentError(`The server said nothing for ${silenceMsMax / 1000} s.`))
    }, silenceMsMax)
  })
  try {
    return await Promise.race([value, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** Time-outs (408), limits (429) and faults of the server pass; other refusals stay. */
const isFinal = (error: unknown): boolean =>
  error instanceof CadreError &&
  error.status >= 400 &&
  error.status < 500 &&
  ![408, 425, 429].includes(error.status)

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish)
    if (signal.aborted) finish()
  })
