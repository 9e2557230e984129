import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { retryingFetch } from './retrying-fetch.ts'

const TIMEOUT_MS = 1_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Sends one request that is answered so; resolves to the answer and the signal it was sent with. */
const answered = async (answer: () => Response) => {
  let signal: AbortSignal | null | undefined
  const send = retryingFetch({
    fetch: async (_, init) => {
      signal = init?.signal
      return answer()
    },
    timeoutMs: TIMEOUT_MS,
    attemptsMax: 1,
  })
  return { response: await send('http://cadre/', {}), signal }
}

test('JSON has arrived → nothing waits any more: no timer keeps the answer in memory', async () => {
  const { response, signal } = await answered(() => Response.json({ a: 1 }, { status: 201 }))
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(TIMEOUT_MS)
  expect(signal?.aborted).toBe(false)
  expect(response.status).toBe(201)
  expect(await response.json()).toEqual({ a: 1 })
})

test('event stream has opened → may take as long as it likes', async () => {
  const stream = () => new Response(new ReadableStream(), { headers: EVENT_STREAM })
  const { signal } = await answered(stream)
  expect(vi.getTimerCount()).toBe(0)
  expect(signal?.aborted).toBe(false)
})

test('any other body → has to arrive in time', async () => {
  const { signal } = await answered(() => new Response(new ReadableStream()))
  vi.advanceTimersByTime(TIMEOUT_MS)
  expect(signal?.reason).toMatchObject({ message: 'no answer within 1 s' })
})

const EVENT_STREAM = { 'content-type': 'text/event-stream' }
