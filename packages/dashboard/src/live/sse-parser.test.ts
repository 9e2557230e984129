import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSseParser, type ServerSentEvent } from './sse-parser.ts'

const parse = (chunks: readonly string[]): ServerSentEvent[] => {
  const events: ServerSentEvent[] = []
  const parser = createSseParser((event) => events.push(event))
  for (const chunk of chunks) parser.push(chunk)
  return events
}

test('message with id → event with id and data', () => {
  expect(parse(['id: 7\nevent: task.created\ndata: {"a":1}\n\n'])).toEqual([
    { id: '7', data: '{"a":1}' },
  ])
})

test('comment between messages → nothing', () => {
  expect(parse([': beat\n\n', 'data: x\n\n', ': beat\n\n'])).toEqual([{ id: '', data: 'x' }])
})

test('several data lines → joined by line feeds', () => {
  expect(parse(['data: a\ndata:b\ndata\n\n'])).toEqual([{ id: '', data: 'a\nb\n' }])
})

test('message without its blank line → not yet an event', () => {
  expect(parse(['id: 1\ndata: x\n'])).toEqual([])
})

test('endless line → error instead of endless memory', () => {
  expect(() => parse(['data: ', ...Array.from({ length: 11 }, () => 'x'.repeat(100_000))])).toThrow(
    'malformed',
  )
})

test('stream cut anywhere, with any line ending → the same events', () => {
  const messages = fc.array(
    fc.record({
      id: fc.stringMatching(/^[0-9]{1,6}$/),
      data: fc.stringMatching(/^[^\r\n]{1,40}$/),
    }),
  )
  const cuts = fc.array(fc.nat(400), { maxLength: 12 })
  fc.assert(
    fc.property(messages, cuts, fc.constantFrom('\n', '\r\n', '\r'), (events, at, end) => {
      const text = events
        .map(({ id, data }) => [`id: ${id}`, `data: ${data}`, '', ''].join(end))
        .join('')
      // A lone carriage return at the very end is only known for a line end by what follows.
      expect(parse([...cut(text, at), ':'])).toEqual(events)
    }),
  )
})

const cut = (text: string, at: readonly number[]): string[] => {
  const places = [0, ...at.filter((place) => place < text.length), text.length].sort(
    (a, b) => a - b,
  )
  return places.slice(1).map((place, index) => text.slice(places[index], place))
}
