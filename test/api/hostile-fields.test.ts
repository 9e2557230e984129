import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorBody } from '@cadre/contract'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import { anyText } from '../support/any-text.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import {
  mayTakeJson,
  requiredQueryOf,
  routesOf,
  type DocumentedRoute,
  type OpenApiDocument,
} from '../support/openapi-document.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let document: OpenApiDocument
let routes: DocumentedRoute[]
let taskId: string

const SEED = Number(process.env['CADRE_TEST_SEED'] ?? Date.now() % 1_000_000)

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false', CADRE_EXECUTION_SECONDS: '1' })
  await registerRemote(cadre.client, 'private-remote')
  await publishWasm(cadre.client, 'somebody', ECHO)
  taskId = (await cadre.client.tasks.create({ agent_id: 'private-remote' })).id
  document = (await (await cadre.request('/api/v1/openapi.json')).json()) as OpenApiDocument
  routes = routesOf(document).filter((route) => route.exampleBody !== undefined)
  console.log(`seed ${SEED} (CADRE_TEST_SEED)`)
})
afterAll(() => cadre.stop())

interface Schema {
  $ref?: string
  type?: string | string[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  const?: unknown
}

const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined
    ? schema
    : resolved(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] as Schema)

const KINDS = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  number: fc.oneof(fc.double(), fc.constantFrom(-1, 0, 1e308, -1e308, 2 ** 53, 5e-324)),
  string: fc.oneof(anyText(), fc.constantFrom('', '\u0000', '\ud800', ' ')),
  array: fc.array(fc.jsonValue()),
  object: fc.dictionary(fc.string(), fc.jsonValue()),
}
type Kind = keyof typeof KINDS

const kindsOf = (schema: Schema): Set<Kind> => {
  const { type, anyOf, enum: options, const: constant } = schema
  if (anyOf !== undefined) return new Set(anyOf.flatMap((one) => [...kindsOf(resolved(one))]))
  if (options !== undefined) return new Set(options.map((option) => kindOf(option) as Kind))
  if (constant !== undefined) return new Set([kindOf(constant) as Kind])
  if (type === undefined) return new Set(Object.keys(KINDS) as Kind[])
  return new Set([type].flat().map((name) => (name === 'integer' ? 'number' : (name as Kind))))
}

interface Field {
  path: string[]
  schema: Schema
}
/** Every documented field of a body, the nested ones included. */
const fieldsOf = (schema: Schema, path: string[] = []): Field[] => {
  const own = resolved(schema)
  const nested = Object.entries(own.properties ?? {}).flatMap(([name, child]) => [
    { path: [...path, name], schema: resolved(child) },
    ...fieldsOf(child, [...path, name]),
  ])
  return own.items === undefined ? nested : [...nested, ...fieldsOf(own.items, [...path, '0'])]
}
const bodySchemaOf = (route: DocumentedRoute): Schema =>
  resolved(route.operation.requestBody?.content['application/json']?.schema ?? {})

/** A copy with one value set; the containers on the way are made. */
const withValue = (body: object, path: readonly string[], value: unknown): unknown => {
  const [head = '', ...rest] = path
  const copy: Record<string, unknown> | unknown[] = Array.isArray(body) ? [...body] : { ...body }
  const inner = (copy as Record<string, unknown>)[head]
  const next = typeof inner === 'object' && inner !== null ? inner : rest[0] === '0' ? [{}] : {}
  ;(copy as Record<string, unknown>)[head] =
    rest.length === 0 ? value : withValue(next, rest, value)
  return copy
}
const fieldName = (path: readonly string[]) =>
  path
    .map((part) => (part === '0' ? '[0]' : `.${part}`))
    .join('')
    .replace(/^\./, '')

const send = async (route: DocumentedRoute, body: unknown) => {
  const path = route.path.replaceAll(/\{(?:id|step_id|instance)\}/g, taskId)
  const response = await cadre.request(`/api/v1${path}`, {
    method: route.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as ErrorBody }
}

test('every field of every body given a wrong type → 422 that names it', async () => {
  let checked = 0
  for (const route of routes)
    for (const field of fieldsOf(bodySchemaOf(route))) {
      const wrong = (Object.keys(KINDS) as Kind[]).filter(
        (kind) => !kindsOf(field.schema).has(kind),
      )
      for (const kind of wrong)
        await fc.assert(
          fc.asyncProperty(KINDS[kind], async (value) => {
            // JSON has no NaN and no infinity: they are written as null.
            fc.pre(kindOf(JSON.parse(JSON.stringify(value))) === kind)
            const answer = await send(route, withValue(route.exampleBody ?? {}, field.path, value))
            const at = `${route.method} ${route.path} ${fieldName(field.path)} = ${JSON.stringify(value)}`
            expect([at, answer.status]).toEqual([at, 422])
            const named = answer.body.error.details?.map((detail) => detail.field) ?? []
            const isNamed = named.some(
              (name) =>
                fieldName(field.path).startsWith(name) || name.startsWith(fieldName(field.path)),
            )
            expect([at, named, isNamed]).toEqual([at, named, true])
          }),
          { numRuns: 1, seed: SEED },
        )
      checked += wrong.length
    }
  expect(checked).toBeGreaterThan(100)
})

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

test('an unknown field anywhere in every body → 422 that names it', async () => {
  // A webhook takes whatever its sender sends; a form alone knows no objects.
  const knowFields = routes.filter(
    (route) => !route.path.startsWith('/hooks/') && mayTakeJson(route),
  )
  for (const route of knowFields) {
    const objects = [
      [],
      ...fieldsOf(bodySchemaOf(route))
        .filter((field) => field.schema.properties !== undefined)
        .map((field) => field.path),
    ]
    for (const path of objects) {
      const unknown = [...path, 'colour']
      const answer = await send(route, withValue(route.exampleBody ?? {}, unknown, 'red'))
      const at = `${route.method} ${route.path} ${fieldName(unknown)}`
      expect([at, answer.status, answer.body.error.details?.map((detail) => detail.field)]).toEqual(
        [at, 422, expect.arrayContaining([fieldName(unknown)])],
      )
    }
  }
})

test('any JSON at all in place of every body → never 500', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), fc.jsonValue(), async (route, value) => {
      const answer = await send(route, value)
      // An empty object is a sound cancellation, and any object can be checked for problems;
      // hardly anything else is sound.
      const isSound =
        (route.path.endsWith('/cancel') && JSON.stringify(value) === '{}') ||
        (route.path === '/workflows/lint' && kindOf(value) === 'object')
      expect(answer.status).toBeGreaterThanOrEqual(isSound ? 200 : 400)
      expect(answer.status).toBeLessThan(500)
    }),
    { numRuns: 150, seed: SEED },
  )
})

test('any value of the right kind in any field → never 500', async () => {
  const fields = routes.flatMap((route) =>
    fieldsOf(bodySchemaOf(route)).map((field) => ({ route, field })),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...fields),
      fc.infiniteStream(fc.oneof(...Object.values(KINDS))),
      async ({ route, field }, values) => {
        const kinds = kindsOf(field.schema)
        for (const value of values) {
          if (!kinds.has(kindOf(value) as Kind)) continue
          const answer = await send(route, withValue(route.exampleBody ?? {}, field.path, value))
          expect([
            `${route.path} ${fieldName(field.path)} = ${JSON.stringify(value)}`,
            answer.status < 500,
          ]).toEqual([expect.any(String), true])
          return
        }
      },
    ),
    { numRuns: 150, seed: SEED },
  )
})

test('any text in any query parameter and path → never 500', async () => {
  const all = routesOf(document).filter(
    (route) => route.method === 'GET' && !/stream$|^\/events$|binary$/.test(route.path),
  )
  const text = fc.oneof(
    anyText(),
    fc.constantFrom('\u0000', "' or 1=1 --", '-1', '1e999', '٣', 'NaN', '%', '..', '{}'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...all),
      text,
      text,
      fc.nat(),
      async (route, value, id, pick) => {
        const names = [
          'unknown',
          ...(route.operation.parameters ?? [])
            .filter((parameter) => parameter.in === 'query')
            .map((parameter) => parameter.name),
        ]
        const name = names[pick % names.length] ?? 'unknown'
        const path = route.path.replace(
          '{id}',
          encodeURIComponent(id.isWellFormed() ? id : id.toWellFormed()) || 'x',
        )
        const query = encodeURIComponent(value.toWellFormed())
        const response = await cadre.request(`/api/v1${path}?${name}=${query}`)
        await response.arrayBuffer()
        expect([
          `${path}?${name}=${query}`,
          response.status < 500 || route.path === '/health',
        ]).toEqual([expect.any(String), true])
      },
    ),
    { numRuns: 200, seed: SEED },
  )
})

test.each([
  '%00',
  '%ff',
  '%c0%af',
  '%ed%a0%80',
  '%',
  '%zz',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%2f..',
  '%2500',
  "'%20or%201=1--",
  'x'.repeat(10_000),
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '{00000000-0000-4000-8000-000000000000}',
  'urn:uuid:00000000-0000-4000-8000-000000000000',
  '00000000000040008000000000000000',
  '00000000-0000-4000-8000-00000000000g',
  '0',
  '-1',
  'null',
  '%F0%9F%98%80',
])('id %s → 404 on every route that takes one', async (id) => {
  const byId = routesOf(document).filter(
    (route) => route.path.includes('{id}') && !route.path.endsWith('claim-task'),
  )
  const answers = await Promise.all(
    byId.map(async (route) => {
      const response = await cadre.request(
        `/api/v1${route.path.replace('{id}', id).replace('{step_id}', taskId)}?${requiredQueryOf(route)}`,
        {
          method: route.method,
          headers: route.exampleBody === undefined ? {} : { 'content-type': 'application/json' },
          body: route.exampleBody === undefined ? undefined : JSON.stringify(route.exampleBody),
        },
      )
      const body = (await response.json()) as ErrorBody
      return [`${route.method} ${route.path}`, response.status, typeof body.error.request_id]
    }),
  )
  expect(answers.filter(([, status]) => status !== 404)).toEqual([])
  expect(answers.every(([, , kind]) => kind === 'string')).toBe(true)
})

test('upper-case id of a task → the task', async () => {
  const response = await cadre.request(`/api/v1/tasks/${taskId.toUpperCase()}`)
  expect(response.status).toBe(200)
})

test('a query of 10,000 parameters → 422 or refused, and the server lives', async () => {
  const query = Array.from({ length: 1_500 }, (_, index) => `a${index}=1`).join('&')
  expect((await cadre.request(`/api/v1/tasks?${query}`)).status).toBe(422)
  const tooLong = await cadre.request(`/api/v1/tasks?q=${'x'.repeat(20_000)}`)
  expect(tooLong.status).toBe(431)
  expect(await tooLong.json()).toMatchObject({ error: { code: 'request.headers_too_large' } })
})
