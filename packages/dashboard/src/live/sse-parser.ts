export interface ServerSentEvent {
  id: string
  data: string
}

/** One message of a sane server is far smaller; beyond this the stream is taken for broken. */
const MESSAGE_LENGTH_MAX = 1_000_000

/**
 * Parses a server-sent-events stream piece by piece (HTML Standard, section 9.2). Comments and
 * retry hints are dropped; the event's name is not needed, since the data carries it.
 */
export const createSseParser = (onEvent: (event: ServerSentEvent) => void) => {
  let rest = ''
  let id = ''
  let data: string[] = []

  const readLine = (line: string) => {
    if (line === '') return emit()
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }

  const emit = () => {
    if (data.length > 0) onEvent({ id, data: data.join('\n') })
    data = []
  }

  return {
    push(chunk: string) {
      const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      if (rest.length > MESSAGE_LENGTH_MAX) throw new Error('The event stream is malformed.')
      for (const line of lines) readLine(line)
    },
  }
}
