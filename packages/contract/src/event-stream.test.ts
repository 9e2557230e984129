import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { CadreError } from './client.ts'
import { followEvents, readEvents, reconnectDelayMs, type FollowOptions } from './event-stream.ts'

describe('readEvents', () => {
  test('events cut anywhere → the same events', async () => {
    const text = ': hello\n\nid: 1\nevent: task\ndata: {"ö":"😀"}\n\ndata: a\ndata: b\n\n'
    const bytes = new TextEncoder().encode(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const chunks = places.slice(1).map((end, index) => bytes.slice(places[index], end))
        expect(await collect(readEvents(responseOf(chunks)))).toEqual([
          { type: 'task', id: '1', data: '{"ö":"😀"}' },
          { type: 'message', id: undefined, data: 'a\nb' },
        ])
      }),
    )
  })

  test('nothing arrives → StreamSilentError', async () => {
    const silent = new Response(new ReadableStream())
    await expect(readEvents(silent, 10).next()).rejects.toThrow('said nothing for 0.01 s')
  })

  test('event without end → fault, not unbounded memory', async () => {
    const chunk = new TextEncoder().encode(`data: ${'x'.repeat(1024 * 1024)}`)
    const endless = new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }),
    )
    await expect(readEvents(endless).next()).rejects.toThrow()
  })
})

describe('followEvents', () => {
  test('connection lost → opens the next one behind the last event', async () => {
    const opened: (string | undefined)[] = []
    const events = follow(async (lastEventId) => {
      opened.push(lastEventId)
      return responseOf([new TextEncoder().encode(`id: ${opened.length}\ndata: x\n\n`)])
    })
    for await (const { id } of events) if (id === '3') break
    expect(opened).toEqual([undefined, '1', '2'])
  })

  test('refused for good (404) → throws', async () => {
    const events = follow(async () => {
      throw new CadreError(404, { code: 'agent.not_found', message: 'There is no such agent.' })
    })
    await expect(events.next()).rejects.toThrow('no such agent')
  })

  test('aborted during the pause → ends without an error', async () => {
    const controller = new AbortController()
    const events = follow(
      async () => {
        throw new TypeError('fetch failed')
      },
      {
        signal: controller.signal,
        reconnectDelayMs: () => 60_000,
        onDisconnect: () => controller.abort(),
      },
    )
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })
})

test('reconnect delay: grows, jitters, stays below 10 s', () => {
  expect(reconnectDelayMs(1, () => 1)).toBe(250)
  expect(reconnectDelayMs(3, () => 1)).toBe(1_000)
  expect(reconnectDelayMs(3, () => 0)).toBe(100)
  expect(reconnectDelayMs(1_000, () => 1)).toBe(10_000)
})

const responseOf = (chunks: Uint8Array<ArrayBuffer>[]) =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    }),
  )

const follow = (open: FollowOptions['open'], options: Partial<FollowOptions> = {}) =>
  followEvents({
    open,
    signal: new AbortController().signal,
    reconnectDelayMs: () => 0,
    ...options,
  })

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}
