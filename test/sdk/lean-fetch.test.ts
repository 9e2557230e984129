import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { leanFetch } from '../../packages/sdk/src/lean-fetch.ts'
import { signal } from '../support/signals.ts'

let server: Server
let url: string
let answer: RequestListener
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  answer = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url: path, headers } = request
      response.writeHead(200, { 'content-type': 'application/json', 'x-two': ['a', 'b'] })
      response.end(JSON.stringify({ method, path, headers, text: `${Buffer.concat(chunks)}` }))
    })
  }
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const JSON_CALL = { accept: 'application/json', authorization: 'Bearer k' }
const post = (path: string, init: RequestInit = {}) =>
  leanFetch(url + path, { method: 'POST', headers: JSON_CALL, body: '{"a":1}', ...init })

test('JSON call → sent as given, answered with status, headers and body', async () => {
  const response = await post('/calls?x=1')
  expect(response).toBeInstanceOf(Response)
  expect(response.status).toBe(200)
  expect(response.headers.get('x-two')).toBe('a, b')
  expect(await response.json()).toMatchObject({
    method: 'POST',
    path: '/calls?x=1',
    headers: JSON_CALL,
    text: '{"a":1}',
  })
})

test('without a body → GET', async () => {
  const response = await leanFetch(`${url}/tasks`, { headers: JSON_CALL })
  expect(await response.json()).toMatchObject({ method: 'GET', text: '' })
})

test('refusal → its status and body', async () => {
  answer = (_, response) => response.writeHead(409, { 'retry-after': '3' }).end('{"error":{}}')
  const response = await post('/calls')
  expect(response).toMatchObject({ status: 409, ok: false })
  expect(response.headers.get('retry-after')).toBe('3')
  expect(await response.text()).toBe('{"error":{}}')
})

test('204 → no body', async () => {
  answer = (_, response) => response.writeHead(204).end()
  const response = await post('/calls')
  expect(response.status).toBe(204)
  expect(response.body).toBeNull()
})

test('redirect → followed as fetch does', async () => {
  const final = answer
  answer = (request, response) =>
    request.url === '/old'
      ? response.writeHead(307, { location: '/new' }).end()
      : final(request, response)
  expect(await (await post('/old')).json()).toMatchObject({ path: '/new', text: '{"a":1}' })
})

test('long answer of unknown length → streamed, whole', async () => {
  const part = 'x'.repeat(100_000)
  answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (let n = 0; n < 30; n++) response.write(part)
    response.end()
  }
  expect((await (await post('/export')).text()).length).toBe(3_000_000)
})

test('form → left to fetch, which encodes it', async () => {
  const form = new FormData()
  form.set('name', 'value')
  const response = await post('/form', { body: form })
  expect(((await response.json()) as { text: string }).text).toContain('name="name"')
})

test('aborted while it waits for an answer → rejects with the reason', async () => {
  const arrived = signal()
  answer = () => arrived.fire()
  const controller = new AbortController()
  const calling = post('/calls', { signal: controller.signal })
  await arrived.promise
  const reason = new Error('changed my mind')
  controller.abort(reason)
  await expect(calling).rejects.toBe(reason)
})

test('connection ends in the middle of the answer → rejects', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"a"')
    setImmediate(() => response.destroy())
  }
  await expect(post('/calls').then((response) => response.text())).rejects.toThrow()
})

test('nobody listens → rejects', async () => {
  await expect(
    leanFetch('http://127.0.0.1:1/', { method: 'POST', headers: JSON_CALL, body: '{}' }),
  ).rejects.toThrow()
})
