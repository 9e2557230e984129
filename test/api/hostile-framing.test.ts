import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { openRaw } from '../support/raw-http.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Requests that two readers could understand differently, sent byte by byte.

let cadre: RunningCadre
beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false', CADRE_REQUEST_SECONDS: '2' })
  await registerRemote(cadre.client, 'target')
})
afterAll(() => cadre.stop())

const CLOSE = 'connection: close\r\n'
const key = () => `authorization: Bearer ${cadre.key}\r\n`
const answersTo = async (bytes: string) => {
  const raw = await openRaw(cadre.url)
  await raw.send(bytes)
  const text = await raw.ended
  return {
    text,
    statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code)),
  }
}
const get = (headers: string, target = '/api/v1/session') =>
  `GET ${target} HTTP/1.1\r\n${headers}${key()}${CLOSE}\r\n`
const post = (headers: string, body: string, version = '1.1') =>
  `POST /api/v1/tasks HTTP/${version}\r\nhost: cadre\r\n${key()}content-type: application/json\r\n${headers}\r\n${body}`
const JSON_BODY = '{"agent_id":"target"}'
const CHUNKED_BODY = `${JSON_BODY.length.toString(16)}\r\n${JSON_BODY}\r\n0\r\n\r\n`
const LENGTH = `content-length: ${JSON_BODY.length}\r\n`

describe('framing', () => {
  test.each<[string, () => string]>([
    ['two hosts', () => get('host: cadre\r\nhost: other\r\n')],
    ['the same host twice', () => get('host: cadre\r\nHost: cadre\r\n')],
    ['two keys', () => get('host: cadre\r\nauthorization: Bearer other-key-of-nobody\r\n')],
    ['a folded header', () => get('host: cadre\r\nx-folded: one\r\n two\r\n')],
    ['bare line feeds', () => get('host: cadre\r\n').replaceAll('\r', '')],
    ['one bare line feed', () => get('host: cadre\n')],
    ['a bare carriage return', () => get('host: cadre\r')],
    ['a space before the colon', () => get('host : cadre\r\n')],
    ['a host with a path', () => get('host: cadre/health/live?\r\n')],
    ['an empty host', () => get('host: \r\n')],
    ['U+0000 in the address', () => get('host: cadre\r\n', '/api/v1/tasks/\0')],
    ['an address with backslashes', () => get('host: cadre\r\n', '\\api\\v1\\session')],
    ['HTTP/1.2', () => get('host: cadre\r\n').replace('HTTP/1.1', 'HTTP/1.2')],
    ['length and chunks', () => post(`${LENGTH}transfer-encoding: chunked\r\n`, CHUNKED_BODY)],
    ['chunks and length', () => post(`transfer-encoding: chunked\r\n${LENGTH}`, CHUNKED_BODY)],
    ['one length twice', () => post(LENGTH + LENGTH, JSON_BODY)],
    ['a list of lengths', () => post('content-length: 21, 21\r\n', JSON_BODY)],
    ['a signed length', () => post('content-length: +21\r\n', JSON_BODY)],
    ['a hexadecimal length', () => post('content-length: 0x15\r\n', JSON_BODY)],
    ['two encodings', () => post('transfer-encoding: gzip, chunked\r\n', CHUNKED_BODY)],
    [
      'an encoding after the chunks',
      () => post('transfer-encoding: chunked, identity\r\n', CHUNKED_BODY),
    ],
    [
      'two headers of encodings',
      () => post('transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n', CHUNKED_BODY),
    ],
    ['an unknown encoding', () => post('transfer-encoding: xchunked\r\n', CHUNKED_BODY)],
    ['an encoding with a tab', () => post('transfer-encoding:\u000bchunked\r\n', CHUNKED_BODY)],
    ['a space behind the name', () => post('transfer-encoding : chunked\r\n', CHUNKED_BODY)],
    ['chunks in HTTP/1.0', () => post('transfer-encoding: chunked\r\n', CHUNKED_BODY, '1.0')],
    [
      'a chunk ended by a bare line feed',
      () => post('transfer-encoding: chunked\r\n', CHUNKED_BODY.replace('\r\n', '\n')),
    ],
    [
      'a chunk longer than it says',
      () => post('transfer-encoding: chunked\r\n', `2\r\n${JSON_BODY}\r\n0\r\n\r\n`),
    ],
  ])('%s → 400 once, the connection ends, and no task', async (_case, bytes) => {
    const before = (await cadre.client.tasks.counts()).waiting
    const smuggled = `GET /health/live HTTP/1.1\r\nhost: cadre\r\n${CLOSE}\r\n`
    expect((await answersTo(bytes() + smuggled)).statuses).toEqual([400])
    expect((await cadre.client.tasks.counts()).waiting).toBe(before)
  })

  test.each(['GET /api/v1/session', 'GET /health/live', 'DELETE /api/v1/nothing'])(
    '%s with a request for a body → the body is no request',
    async (line) => {
      const inner = 'GET /metrics HTTP/1.1\r\nhost: smuggled\r\n\r\n'
      const outer = `${line} HTTP/1.1\r\nhost: cadre\r\n${key()}content-type: application/json\r\ncontent-length: ${inner.length}\r\n\r\n${inner}`
      const { statuses, text } = await answersTo(outer + get('host: cadre\r\n'))
      expect(statuses.length).toBeLessThanOrEqual(2)
      expect(text).not.toContain('cadre_http_request')
    },
  )

  test('sound chunks and sound length → 201', async () => {
    expect(
      (await answersTo(post(`transfer-encoding: chunked\r\n${CLOSE}`, CHUNKED_BODY))).statuses,
    ).toEqual([201])
    expect((await answersTo(post(LENGTH + CLOSE, JSON_BODY))).statuses).toEqual([201])
  })
})

describe('addresses', () => {
  test('absolute address of another host → the route of its path, and its key decides', async () => {
    const target = 'http://other.example/api/v1/session'
    expect((await answersTo(get('host: cadre\r\n', target))).statuses).toEqual([200])
    const nobody = `GET ${target} HTTP/1.1\r\nhost: cadre\r\n${CLOSE}\r\n`
    expect((await answersTo(nobody)).statuses).toEqual([401])
  })

  test('absolute https address → no cookie is called secure that is not', async () => {
    const body = JSON.stringify({ key: cadre.key })
    const bytes = `POST https://other.example/api/v1/session HTTP/1.1\r\nhost: cadre\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${CLOSE}\r\n${body}`
    const { statuses, text } = await answersTo(bytes)
    expect(statuses).toEqual([200])
    expect(text.toLowerCase()).not.toMatch(/; secure|strict-transport-security/)
  })

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    '%s → the method stays what it is',
    async (header) => {
      const { id } = await cadre.client.agents.get('target')
      const overridden = await cadre.request(`/api/v1/agents/${id}?_method=DELETE`, {
        headers: { [header]: 'DELETE' },
      })
      expect(overridden.status).toBe(200)
      expect((await cadre.client.agents.get('target')).id).toBe(id)
    },
  )

  test.each(['X-Original-URL', 'X-Rewrite-URL'])(
    '%s → the address stays what it is',
    async (name) => {
      const answer = await fetch(`${cadre.url}/api/v1/tasks`, {
        headers: { [name]: '/health/live' },
      })
      expect(answer.status).toBe(401)
    },
  )

  test('TRACE → not echoed', async () => {
    const bytes = `TRACE /api/v1/tasks HTTP/1.1\r\nhost: cadre\r\nx-secret: echo-me\r\n${key()}${CLOSE}\r\n`
    const { statuses, text } = await answersTo(bytes)
    expect(statuses).toEqual([404])
    expect(text).not.toMatch(/echo-me|administrator-key/)
  })
})

test('more than 100 headers → 431 in the one shape, also where the parser counts no further', async () => {
  const headers = (count: number) =>
    Array.from({ length: count }, (_, place) => `x${place}: 1\r\n`).join('')
  expect((await answersTo(get(`host: cadre\r\n${headers(90)}`))).statuses).toEqual([200])
  for (const count of [101, 1_000]) {
    const { statuses, text } = await answersTo(get(`host: cadre\r\n${headers(count)}`))
    expect(statuses).toEqual([431])
    expect(text).toContain('request.headers_too_large')
  }
})
