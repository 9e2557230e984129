export interface ReceivedMessage {
  id: string | null
  event: string | null
  data: string
}

/** A client of one server-sent event stream (WHATWG HTML, section 9.2), for tests. */
export interface EventStreamReader {
  status: number
  /** Everything received so far, in order. */
  messages: ReceivedMessage[]
  /** Comment lines received so far. */
  comments: string[]
  /** Resolves with the first message, seen or to come, that satisfies `isWanted`. */
  waitFor(isWanted: (message: ReceivedMessage) => boolean): Promise<ReceivedMessage>
  waitForComment(text: string): Promise<void>
  /** Resolves when the stream has ended, from either side. */
  ended: Promise<void>
  close(): Promise<void>
}

const WAIT_MS = 20_000

/** Resolves once the server has opened the stream: what is sent after that is received. */
export const openEventStream = async (
  url: string,
  headers: Record<string, string>,
): Promise<EventStreamReader> => {
  const abort = new AbortController()
  const response = await fetch(url, { headers, signal: abort.signal })
  if (response.status !== 200 || response.body === null)
    throw new Error(`The stream was refused: ${response.status} ${await response.text()}`)
  const messages: ReceivedMessage[] = []
  const comments: string[] = []
  const changed = new EventTarget()
  const body = response.body
  const ended = read(body, (block) => {
    const lines = block.split('\n')
    const field = (name: string) =>
      lines
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2))
    comments.push(...lines.filter((line) => line.startsWith(': ')).map((line) => line.slice(2)))
    const data = field('data')
    if (data.length > 0)
      messages.push({
        id: field('id')[0] ?? null,
        event: field('event')[0] ?? null,
        data: data.join('\n'),
      })
    changed.dispatchEvent(new Event('change'))
  })

  const until = async <Found>(look: () => Found | undefined, what: string): Promise<Found> => {
    const deadline = AbortSignal.timeout(WAIT_MS)
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      await new Promise<void>((resolve, reject) => {
        const fail = () =>
          reject(new Error(`${what} did not come; received ${JSON.stringify(messages)}`))
        deadline.addEventListener('abort', fail, { once: true })
        changed.addEventListener(
          'change',
          () => {
            deadline.removeEventListener('abort', fail)
            resolve()
          },
          { once: true },
        )
      })
    }
  }
  const reader: EventStreamReader = {
    status: response.status,
    messages,
    comments,
    waitFor: (isWanted) => until(() => messages.find(isWanted), 'The message'),
    waitForComment: async (text) =>
      void (await until(() => comments.find((comment) => comment === text), `The comment ${text}`)),
    ended,
    close: async () => {
      abort.abort()
      await ended
    },
  }
  await reader.waitForComment('open')
  return reader
}

const read = async (
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onBlock: (block: string) => void,
): Promise<void> => {
  let text = ''
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      blocks.forEach(onBlock)
    }
  } catch {
    // The reader was closed, or the server cut the connection: either is an end.
  }
}
