import type { Context } from 'hono'
import { streamSSE, type SSEMessage } from 'hono/streaming'
import { unavailable } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'

const KEEP_ALIVE_MS = 15_000
/** A client that reads so slowly is cut off; it resumes behind the last event that it saw. */
const PENDING_MAX = 5_000

/** Bounds and ends the open streams of this process. */
export interface StreamRegistry {
  /**
   * Answers with a server-sent event stream (WHATWG HTML, section 9.2) that lives until the
   * client goes or the server stops. `open` gets the sender and returns how to stop.
   */
  answer(
    context: Context<AppEnv>,
    open: (send: (message: SSEMessage) => void, signal: AbortSignal) => Promise<() => unknown>,
  ): Response
  close(): void
}

export const createStreamRegistry = (streamsMax: number): StreamRegistry => {
  const stopping = new AbortController()
  let streams = 0

  return {
    answer: (context, open) => {
      if (streams >= streamsMax)
        throw unavailable('stream.too_many', 'Too many streams are open. Try again later.')
      streams++
      context.header('x-accel-buffering', 'no')
      return streamSSE(context, async (stream) => {
        const gone = new AbortController()
        stream.onAbort(() => gone.abort())
        const signal = AbortSignal.any([gone.signal, stopping.signal])
        const outbox = createOutbox(signal)
        const stop = await open(outbox.send, signal)
        try {
          await stream.write(': open\n\n')
          await outbox.drain(async (messages) => {
            if (messages.length === 0) await stream.write(': alive\n\n')
            for (const message of messages) await stream.writeSSE(message)
          })
        } finally {
          streams--
          await stop()
        }
      })
    },
    close: () => stopping.abort(),
  }
}

/** Messages on their way to one client, in order. */
const createOutbox = (signal: AbortSignal) => {
  let pending: SSEMessage[] = []
  let isOverflown = false
  let wake: () => void = () => {}

  const send = (message: SSEMessage) => {
    if (pending.length >= PENDING_MAX) isOverflown = true
    else pending.push(message)
    wake()
  }
  const nextMessages = async (): Promise<SSEMessage[]> => {
    if (pending.length === 0) await somethingHappens()
    const messages = pending
    pending = []
    return messages
  }
  const somethingHappens = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, KEEP_ALIVE_MS)
      wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
    })

  return {
    send,
    /** Writes until the signal ends it; an empty list stands for "nothing happened for a while". */
    drain: async (write: (messages: SSEMessage[]) => Promise<void>) => {
      while (!signal.aborted && !isOverflown) {
        const messages = await nextMessages()
        if (!signal.aborted) await write(messages)
      }
    },
  }
}
