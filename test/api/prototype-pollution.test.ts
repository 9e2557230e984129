import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { mayTakeJson, routesOf, type DocumentedRoute } from '../support/openapi-document.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The server runs in this process, so a prototype that it polluted would be ours.

let cadre: RunningCadre
let routes: DocumentedRoute[]
const SOME_ID = '00000000-0000-4000-8000-000000000000'
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype]
const keysBefore = prototypes.map((prototype) => Reflect.ownKeys(prototype))

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  await registerRemote(cadre.client, 'target')
  routes = routesOf(await (await cadre.request('/api/v1/openapi.json')).json())
})
afterAll(() => cadre.stop())
afterEach(() => {
  expect(prototypes.map((prototype) => Reflect.ownKeys(prototype))).toEqual(keysBefore)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

const pathOf = (route: DocumentedRoute) => `/api/v1${route.path.replaceAll(/\{\w+\}/g, SOME_ID)}`

const POISONS = [
  '"__proto__":{"polluted":true,"role":"admin"}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"prototype":{"polluted":true}',
  '"__proto__.polluted":true',
  '"__proto__[polluted]":true',
]

test.each(POISONS)('%s at the top of every body → 422 or refused, never taken', async (poison) => {
  // A webhook takes any JSON: its token is what is wrong here.
  const takers = routes.filter(
    (route) =>
      route.exampleBody !== undefined && !route.path.startsWith('/hooks/') && mayTakeJson(route),
  )
  expect(takers.length).toBeGreaterThan(25)
  for (const route of takers) {
    const rest = JSON.stringify(route.exampleBody).slice(1)
    const answer = await cadre.request(pathOf(route), {
      method: route.method,
      headers: { 'content-type': 'application/json' },
      body: `{${poison}${rest === '}' ? '' : ','}${rest}`,
    })
    const text = await answer.text()
    expect([route.path, answer.status, text]).toEqual([
      route.path,
      422,
      expect.stringContaining('request.invalid'),
    ])
  }
})

test('poison within every object of every body → never 500', async () => {
  for (const route of routes.filter(({ exampleBody }) => exampleBody !== undefined))
    for (const poison of POISONS) {
      const body = JSON.stringify(route.exampleBody).replaceAll('{', `{${poison},`)
      const answer = await cadre.request(pathOf(route), {
        method: route.method,
        headers: { 'content-type': 'application/json' },
        body: body.replaceAll(',}', '}'),
      })
      await answer.arrayBuffer()
      expect([route.path, answer.status < 500]).toEqual([route.path, true])
    }
})

test.each([
  '__proto__=admin',
  '__proto__[polluted]=1',
  '__proto__.polluted=1',
  'constructor[prototype][polluted]=1',
  'constructor.prototype.polluted=1',
  'limit[__proto__][polluted]=1',
  '__proto__=1&__proto__=2',
])('query %s of every reading route → never 500', async (query) => {
  const readers = routes.filter(
    ({ method, path }) => method === 'GET' && !/stream$|^\/events$/.test(path),
  )
  expect(readers.length).toBeGreaterThan(25)
  for (const route of readers) {
    const answer = await cadre.request(`${pathOf(route)}?${query}`)
    await answer.arrayBuffer()
    expect([route.path, answer.status < 500]).toEqual([route.path, true])
  }
})

test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])(
  'form field %s of an upload → refused by name',
  async (field) => {
    const form = new FormData()
    form.set('name', 'poisoned')
    form.set('version', '1.0.0')
    form.set(field, '{"polluted":true}')
    form.set('binary', new Blob([new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])]))
    const answer = await cadre.request('/api/v1/agents', { method: 'POST', body: form })
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain(field)
  },
)

test.each([
  'name: x\n__proto__:\n  polluted: true\n',
  'name: x\nconstructor:\n  prototype:\n    polluted: true\n',
  'base: &b\n  __proto__:\n    polluted: true\nname: x\n<<: *b\n',
])('definition %j → problems, no pollution', async (source) => {
  const answer = await cadre.request('/api/v1/workflows/lint', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source, format: 'yaml' }),
  })
  expect([200, 422]).toContain(answer.status)
  expect(await answer.text()).toMatch(/problem|invalid/)
})

test.each([
  '/__proto__',
  '/constructor',
  '/api/v1/__proto__',
  '/api/v1/tasks/__proto__',
  '/assets/__proto__',
])('address %s → a page, absent or refused', async (path) => {
  const answer = await cadre.request(path)
  await answer.arrayBuffer()
  expect([200, 401, 404, 503]).toContain(answer.status)
})
