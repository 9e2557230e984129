import { CadreError, type CadreEvent } from '@cadre/contract'
import { api } from '../api/client.ts'
import { createSseParser } from './sse-parser.ts'

export type StreamState = 'connecting' | 'live' | 'reconnecting' | 'paused' | 'ended'

export interface EventStreamOptions {
  onEvent: (event: CadreEvent) => void
  onState: (state: StreamState) => void
  /** Called on every connection: what was read before it may be out of date. */
  onOpen: () => void
}

/** The server sends at least a comment every 15 s; three missing ones mean a dead connection. */
const SILENCE_MS_MAX = 45_000
const RECONNECT_MS_MIN = 500
const RECONNECT_MS_MAX = 15_000

/**
 * Follows `GET /events` until stopped, reconnecting with growing, jittered delays. Reads through
 * `fetch` rather than `EventSource`, because that shows heartbeats (so half-open connections are
 * noticed) and tells an ended session from a lost server.
 */
export const followEvents = (options: EventStreamOptions): { stop: () => void } => {
  const stopped = new AbortController()
  let cursor = ''

  const follow = async () => {
    let failures = 0
    while (!stopped.signal.aborted) {
      options.onState(failures === 0 ? 'connecting' : 'reconnecting')
      const connection = await connectOnce()
      if (stopped.signal.aborted) return
      if (connection === 'refused') return options.onState('ended')
      failures = connection === 'was-open' ? 1 : failures + 1
      options.onState('reconnecting')
      await delay(reconnectMs(failures), stopped.signal)
    }
  }

  const connectOnce = async (): Promise<'was-open' | 'failed' | 'refused'> => {
    const watchdog = createWatchdog(stopped.signal)
    let isOpen = false
    try {
      const path = cursor === '' ? '/events' : `/events?after=${encodeURIComponent(cursor)}`
      const headers = { accept: 'text/event-stream' }
      const response = await api.send('GET', path, undefined, { headers, signal: watchdog.signal })
      isOpen = true
      options.onState('live')
      options.onOpen()
      await read(response, watchdog.touch)
    } catch (error) {
      if (error instanceof CadreError && [401, 403].includes(error.status)) return 'refused'
      // The server no longer knows the cursor: start from now, what is shown is fetched again.
      if (error instanceof CadreError && [400, 410, 422].includes(error.status)) cursor = ''
    } finally {
      watchdog.stop()
    }
    return isOpen ? 'was-open' : 'failed'
  }

  const read = async (response: Response, touch: () => void) => {
    const parser = createSseParser((message) => {
      if (message.id !== '') cursor = message.id
      options.onEvent(JSON.parse(message.data) as CadreEvent)
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) return
      touch()
      parser.push(chunk.value)
    }
  }

  void follow()
  return { stop: () => stopped.abort() }
}

/** Aborts its signal after {@link SILENCE_MS_MAX} without a touch. */
const createWatchdog = (outer: AbortSignal) => {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let timer = setTimeout(abort, SILENCE_MS_MAX)
  outer.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    touch: () => {
      clearTimeout(timer)
      timer = setTimeout(abort, SILENCE_MS_MAX)
    },
    stop: () => {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
      abort()
    },
  }
}

const reconnectMs = (failures: number) =>
  Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** (failures - 1)) * (0.75 + Math.random() / 2)

const delay = (durationMs: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
