import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { openRaw } from '../support/raw-http.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'

let cadre: CadreProcess

beforeAll(async () => {
  cadre = await startCadreProcess({
    CADRE_HEADERS_SECONDS: '1',
    CADRE_REQUEST_SECONDS: '2',
    CADRE_LOG_LEVEL: 'info',
  })
  await registerRemote(cadre.client, 'target')
})
afterAll(() => cadre.stop())

const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
const head = (extra: string, first = 'POST /api/v1/tasks HTTP/1.1') =>
  `${first}\r\nhost: cadre\r\nauthorization: Bearer ${cadre.key}\r\ncontent-type: application/json\r\n${extra}`
const answerTo = async (bytes: string | Uint8Array) => {
  const raw = await openRaw(cadre.url)
  await raw.send(bytes)
  return raw.ended
}
const isAlive = async () => expect((await fetch(`${cadre.url}/health/live`)).status).toBe(200)

test.each<[string, string, number]>([
  ['headers that never end', 'GET /health HTTP/1.1\r\nhost: cadre\r\nx-slow: ', 408],
  ['one byte', 'G', 408],
])('slow-loris with %s → the connection ends', async (_case, start, status) => {
  const begin = Date.now()
  const raw = await openRaw(cadre.url)
  const drip = setInterval(() => void raw.send('a'), 100)
  await raw.send(start)
  const answer = await raw.ended
  clearInterval(drip)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 (?:${status}|400) `))
  expect(Date.now() - begin).toBeLessThan(8_000)
})

test('slow body, byte by byte → 408 in the one shape, and no task', async () => {
  const before = (await cadre.client.tasks.counts()).waiting
  const raw = await openRaw(cadre.url)
  await raw.send(`${head('content-length: 1000\r\n\r\n')}{"agent_id":"target","title":"`)
  const drip = setInterval(() => void raw.send('a'), 100)
  const answer = await raw.ended
  clearInterval(drip)
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
  expect(bodyOf(answer)).toEqual({
    error: {
      code: 'request.too_slow',
      message: expect.any(String),
      request_id: expect.any(String),
    },
  })
  expect((await cadre.client.tasks.counts()).waiting).toBe(before)
})

test('connection that says nothing → ended', async () => {
  const raw = await openRaw(cadre.url)
  await raw.ended
})

test('200 slow connections at once → others are served meanwhile', async () => {
  const raws = await Promise.all(Array.from({ length: 200 }, () => openRaw(cadre.url)))
  await Promise.all(raws.map((raw) => raw.send(`${head('content-length: 1000\r\n\r\n')}{`)))
  const begin = performance.now()
  for (let index = 0; index < 20; index++) await isAlive()
  expect((performance.now() - begin) / 20).toBeLessThan(100)
  await Promise.all(raws.map((raw) => raw.ended))
})

test.each<[string, string]>([
  ['one long header', `x-long: ${'x'.repeat(20_000)}\r\n`],
  ['many headers', Array.from({ length: 3_000 }, (_, index) => `x-${index}: 1\r\n`).join('')],
])('%s → 431 in the one shape', async (_case, headers) => {
  const answer = await answerTo(`GET /health HTTP/1.1\r\nhost: cadre\r\n${headers}\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 431 /)
  expect(bodyOf(answer)).toMatchObject({ error: { code: 'request.headers_too_large' } })
})

test.each<[string, string | Uint8Array]>([
  ['garbage', 'GARBAGE\r\n\r\n'],
  [
    'a TLS greeting',
    new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
  ],
  ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  [
    'two lengths',
    'POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n',
  ],
  [
    'length and chunks',
    'POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a negative length', 'POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n'],
  [
    'a huge length',
    'POST /api/v1/tasks HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n',
  ],
  ['a header with a line break', 'GET / HTTP/1.1\r\nhost: a\r\nx\n: y\r\n\r\n'],
  ['a header with U+0000', 'GET /health HTTP/1.1\r\nhost: a\r\nx: a\u0000b\r\n\r\n'],
  ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
])('%s → 400, and the connection ends', async (_case, bytes) => {
  expect(await answerTo(bytes)).toMatch(/^HTTP\/1.1 400 /)
  await isAlive()
})

test('bad chunks in a body → 400 in the one shape', async () => {
  const answer = await answerTo(`${head('transfer-encoding: chunked\r\n\r\n')}zz\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(bodyOf(answer)).toMatchObject({ error: { code: 'request.malformed' } })
})

test('connections cut in the middle of a body, 50 times → no task, no 500 and no error in the log', async () => {
  const before = (await cadre.client.tasks.counts()).waiting
  for (let round = 0; round < 50; round++) {
    const raw = await openRaw(cadre.url)
    const body = '{"agent_id":"target","input":"cut"}'
    await raw.send(
      head(`content-length: ${body.length}\r\n\r\n`) + body.slice(0, round % body.length),
    )
    raw.cut()
  }
  await isAlive()
  expect((await cadre.client.tasks.counts()).waiting).toBe(before)
  expect(cadre.log()).not.toMatch(/"status":500|http\.request_failed/)
})

test('100 requests in one packet → 100 answers in order', async () => {
  const one = 'GET /health/live HTTP/1.1\r\nhost: cadre\r\n\r\n'
  const last = 'GET /health/live HTTP/1.1\r\nhost: cadre\r\nconnection: close\r\n\r\n'
  const answer = await answerTo(one.repeat(99) + last)
  expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(100)
})

test.each(['TRACE', 'CONNECT', 'PROPFIND', 'PURGE', 'PATCH'])(
  'method %s → refused in the one shape or by the end of the connection',
  async (method) => {
    const answer = await answerTo(
      head('connection: close\r\n\r\n', `${method} /api/v1/tasks HTTP/1.1`),
    )
    expect(answer).toMatch(/^$|^HTTP\/1.1 (?:400|404|405|501) /)
    await isAlive()
  },
)
