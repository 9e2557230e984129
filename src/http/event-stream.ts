import type { Context } from 'hono'
import { streamSSE, type SSEMessage } from 'hono/streaming'
import { unavailable } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'

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
    /** Ends it from inside. */
    ends?: AbortSignal,
  ): Response
  close(): void
}

export interface StreamRegistryOptions {
  streamsMax: number
  /** A stream that had nothing to say for so long sends a comment. */
  keepAliveMs: number
}

export const createStreamRegistry = (options: StreamRegistryOptions): StreamRegistry => {
  const { streamsMax, keepAliveMs } = options
  const stopping = new AbortController()
  let streams = 0

  return {
    answer: (context, open, ends) => {
      if (streams >= streamsMax)
        throw unavailable('stream.too_many', 'Too many streams are open. Try again later.')
      streams++
      context.header('x-accel-buffering', 'no')
      return streamSSE(context, async (stream) => {
        const gone = new AbortController()
        stream.onAbort(() => gone.abort())
        const signal = AbortSignal.any([gone.signal, stopping.signal, ...(ends ? [ends] : [])])
        const outbox = createOutbox(signal, keepAliveMs)
        try {
          const stop = await open(outbox.send, signal)
          try {
            await stream.write(': open\n\n')
            await outbox.drain(async (messages) => {
              if (messages.length === 0) await stream.write(': alive\n\n')
              for (const message of messages) await stream.writeSSE(message)
            })
          } finally {
            await stop()
          }
        } finally {
          streams--
        }
      })
    },
    close: () => stopping.abort(),
  }
}

/** Messages on their way to one client, in order. */
const createOutbox = (signal: AbortSignal, keepAliveMs: number) => {
  let pending: SSEMessage[] = []
  let isOverflown = false
  let wake: () => void = () => {}

  const send = (message: SSEMessage) => {
    // Once something was left out nothing may follow it: the client would not see the gap.
    isOverflown ||= pending.length >= PENDING_MAX
    if (!isOverflown) pending.push(message)
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
      const timer = setTimeout(resolve, keepAliveMs)
      wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
    })

  return {
    send,
    /**
     * Writes until the signal ends it, or all that came before an overflow is written. An empty
     * list stands for "nothing happened for a while".
     */
    drain: async (write: (messages: SSEMessage[]) => Promise<void>) => {
      while (!signal.aborted && !(isOverflown && pending.length === 0)) {
        const messages = await nextMessages()
        if (!signal.aborted) await write(messages)
      }
    },
  }
}
