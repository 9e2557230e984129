import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { watchService, type ServiceWatch } from '../support/latency-probe.ts'
import { openRaw } from '../support/raw-http.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'

let cadre: CadreProcess
let watched: string
let others: ServiceWatch
const MEBIBYTE = 1_048_576

beforeAll(async () => {
  cadre = await startCadreProcess()
  const agent = await registerRemote(cadre.client, 'target')
  watched = (await cadre.client.tasks.create({ agent_id: agent.id, title: 'watched' })).id
  others = watchService(cadre, ['/health/live', `/api/v1/tasks/${watched}`])
})
afterAll(async () => {
  await cadre.stop()
  others.judge()
})

const attack = (name: string, work: () => Promise<void>) => others.during(name, work)
const post = async (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) => {
  const response = await cadre.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: response.status, body: (await response.json()) as ErrorBody }
}
const head = (extra: string, method = 'POST', path = '/api/v1/tasks') =>
  `${method} ${path} HTTP/1.1\r\nhost: cadre\r\nauthorization: Bearer ${cadre.key}\r\ncontent-type: application/json\r\n${extra}\r\n`

describe('size', () => {
  test('50 MB with its length → 413 before the body is read', async () => {
    await attack('50 MB by length', async () => {
      const raw = await openRaw(cadre.url)
      await raw.send(head(`content-length: ${50 * MEBIBYTE}\r\n`))
      expect(await raw.status()).toBe(413)
      raw.cut()
    })
  })

  test.each(['with its length', 'chunked'])(
    '50 MB sent to the end %s → a client sees 413, not a broken pipe',
    async (how) => {
      const chunk = new Uint8Array(MEBIBYTE).fill(0x20)
      await attack(`50 MB ${how}`, async () => {
        for (let round = 0; round < 5; round++) {
          const response = await cadre.request('/api/v1/tasks', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            ...(how === 'chunked'
              ? {
                  duplex: 'half',
                  body: new ReadableStream({
                    start: (controller) => {
                      for (let sent = 0; sent < 50; sent++) controller.enqueue(chunk.slice())
                      controller.close()
                    },
                  }),
                }
              : { body: new Uint8Array(50 * MEBIBYTE).fill(0x20) }),
          } as RequestInit)
          expect(response.status).toBe(413)
          expect(((await response.json()) as ErrorBody).error.code).toBe('request.too_large')
        }
      })
    },
  )

  test('endless chunked body → 413 and the connection ends', async () => {
    const raw = await openRaw(cadre.url)
    await raw.send(head('transfer-encoding: chunked\r\n'))
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    const chunksMax = 50_000
    let sent = 0
    while (!raw.socket.destroyed && sent < chunksMax) {
      await raw.send(chunk)
      sent++
    }
    expect(await raw.ended).toMatch(/^HTTP\/1\.1 413 /)
    expect(sent).toBeLessThan(chunksMax)
  })

  test('50 MB to a route that takes none, without identity → refused, connection usable or ended', async () => {
    const body = new Uint8Array(50 * MEBIBYTE)
    const response = await fetch(`${cadre.url}/api/v1/tasks`, { method: 'POST', body })
    expect(response.status).toBe(401)
    await response.text()
  })

  test('body at the limit → judged as JSON, others served', async () => {
    const many = (count: number, item: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => item(index)).join()
    const VALUES = 24_990
    const key = (index: number) => `"${`k${index}`.padEnd(15)}":1`
    const shapes = {
      'one string': `{"agent_id":"target","input":"${'x'.repeat(MEBIBYTE - 100)}"}`,
      'many keys': `{"agent_id":"target","input":{${many(VALUES, key)}}}`,
      'many arrays': `{"agent_id":"target","input":[${many(VALUES / 2, () => '[]')}]}`,
      'many unknown keys': `{${many(VALUES, key)}}`,
      'many wrong tasks': `{"tasks":[${many(VALUES / 2, () => '{}')}]}`,
    }
    for (const [name, body] of Object.entries(shapes))
      await attack(`a body of ${name}`, async () => {
        for (let round = 0; round < 5; round++) {
          const { status } = await post(
            body.startsWith('{"tasks') ? '/api/v1/tasks/batch' : '/api/v1/tasks',
            body,
          )
          expect([name, status]).toEqual([
            name,
            name.includes('unknown') || name.includes('wrong') ? 422 : 201,
          ])
        }
      })
  })
})

test.each<[string, string]>([
  [
    'keys',
    `{"agent_id":"target","input":{${Array.from({ length: 60_000 }, (_, index) => `"${index}":1`).join()}}}`,
  ],
  ['arrays', `{"agent_id":"target","input":[${'[],'.repeat(60_000)}[]]}`],
])('more %s than a body may hold → 413', async (_case, body) => {
  const answer = await post('/api/v1/tasks', body)
  expect([answer.status, answer.body.error.code]).toEqual([413, 'request.too_many_values'])
})

describe('form', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

  test.each<[string, string]>([
    ['arrays', nested(10_000)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['arrays in a field', `{"agent_id":"target","input":${nested(10_000)}}`],
    ['open arrays', '['.repeat(500_000)],
  ])('10,000 levels of %s → 400', async (_case, body) => {
    await attack('deep JSON', async () => {
      for (let round = 0; round < 10; round++) {
        const answer = await post('/api/v1/tasks', body)
        expect(answer.status).toBe(400)
        expect(answer.body.error.code).toBe('request.malformed')
      }
    })
  })

  test('90 levels → stored and answered as they are', async () => {
    const input: unknown = JSON.parse(nested(90))
    const task = await cadre.client.tasks.create({ agent_id: 'target', input: input as never })
    expect((await cadre.client.tasks.get(task.id)).input).toEqual(input)
  })

  test.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['nothing where JSON belongs', ' '],
    ['half an object', '{"agent_id":'],
    ['two values', '{} {}'],
    ['a comment', '{/* */}'],
    ['NaN', '{"agent_id":"target","max_retries":NaN}'],
    ['a bare word', 'undefined'],
    ['single quotes', "{'agent_id':'target'}"],
    ['a control character', '{"agent_id":"a\u0001"}'],
    ['a lone continuation byte', new Uint8Array([0x22, 0x80, 0x22])],
    ['an overlong slash', new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
    ['an encoded surrogate', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a cut character', new Uint8Array([0x22, 0xe2, 0x82])],
    ['UTF-16', new Uint8Array(Buffer.from('\uFEFF{"agent_id":"target"}', 'utf16le'))],
    ['gzip', new Uint8Array([0x1f, 0x8b, 0x08, 0x00])],
  ])('%s → 400', async (_case, body) => {
    const answer = await post('/api/v1/tasks', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      code: 'request.malformed',
      request_id: expect.any(String),
    })
  })

  test.each(['null', '[]', '"text"', '1', 'true'])(
    '%s instead of an object → 422',
    async (body) => {
      for (const path of [
        '/api/v1/tasks',
        '/api/v1/tasks/execute',
        '/api/v1/tasks/batch',
        '/api/v1/agents',
        '/api/v1/session',
      ])
        expect([path, (await post(path, body)).status]).toEqual([path, 422])
    },
  )

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'multipart/form-data; boundary=x',
    'Multipart/Form-Data; boundary=x',
    '',
  ])('content-type "%s" for JSON → 415, and nothing happens', async (type) => {
    const before = (await cadre.client.tasks.counts()).waiting
    const answer = await post('/api/v1/tasks', '{"agent_id":"target"}', { 'content-type': type })
    expect(answer.status).toBe(415)
    expect((await cadre.client.tasks.counts()).waiting).toBe(before)
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
    'content-type "%s" → taken as JSON',
    async (type) => {
      expect(
        (await post('/api/v1/tasks', '{"agent_id":"target"}', { 'content-type': type })).status,
      ).toBe(201)
    },
  )
})

describe('verbatim', () => {
  const STRINGS = [
    "'; drop table tasks; --",
    "' or '1'='1",
    '$1 $2 %s {} ${jndi:ldap://x}',
    '<script>alert(1)</script><img src=x onerror=alert(1)>',
    '"\\\n\r\t\u0007\u001b[31m\u2028\u2029\ufeff',
    '../../../../etc/passwd',
    '\u202egnp.exe',
    '👩‍👩‍👧‍👦 e\u0301 ﷽ 𝕏',
    'a'.repeat(200),
  ]

  test('SQL, HTML and odd text in every field → stored and returned as they are', async () => {
    for (const [index, text] of STRINGS.entries()) {
      const agent = await cadre.client.agents.register({
        name: `odd-text-${index}`,
        runtime: 'remote',
        description: text,
        examples: [{ title: text.slice(0, 100), input: { [text]: text } }],
      })
      const task = await cadre.client.tasks.create({
        agent_id: agent.id,
        title: text,
        input: { [text]: [text] },
        idempotency_key: text,
        tags: [text.slice(0, 64)],
        max_retries: 2,
        backoff: { base_seconds: 0 },
      })
      const report = { agent_id: agent.id }
      await cadre.client.tasks.updateStatus(task.id, { ...report, new_status: 'IN_PROGRESS' })
      await cadre.client.tasks.progress(task.id, { ...report, message: text })
      expect((await cadre.client.tasks.get(task.id)).progress?.message).toBe(text)
      await cadre.client.tasks.reportFailure(task.id, { ...report, error_message: text })
      await cadre.client.tasks.updateStatus(task.id, {
        ...report,
        new_status: 'DONE',
        result: { [text]: text },
      })
      expect(await cadre.client.tasks.get(task.id)).toMatchObject({
        title: text,
        input: { [text]: [text] },
        result: { [text]: text },
        last_error: text,
        idempotency_key: text,
        tags: [text.slice(0, 64)],
      })
      expect((await cadre.client.tasks.attempts(task.id)).items[0]?.error).toBe(text)
      expect(
        (await cadre.client.tasks.list({ q: text, limit: 100 })).items.map((item) => item.id),
      ).toContain(task.id)
      expect(
        (await cadre.client.tasks.list({ tag: text.slice(0, 64), limit: 100 })).items.map(
          (item) => item.id,
        ),
      ).toContain(task.id)
      expect(await cadre.client.agents.get(agent.id)).toMatchObject({
        description: text,
        last_error: text,
      })
    }
  })

  test('U+0000 and lone surrogates in free JSON → stored as they are; in text fields → 422 names the field', async () => {
    const input = ['\u0000', '\ud800', { '\u0000': '\udfff', a: 'b\u0000c' }]
    const task = await cadre.client.tasks.create({ agent_id: 'target', input: input as never })
    expect((await cadre.client.tasks.get(task.id)).input).toEqual(input)
    const done = { agent_id: 'target', new_status: 'DONE' as const, result: input as never }
    expect((await cadre.client.tasks.updateStatus(task.id, done)).result).toEqual(input)
    for (const text of ['a\\u0000b', '\\ud800', '\\udfff x'])
      for (const field of ['title', 'idempotency_key', 'capability', 'agent_id']) {
        const base = field === 'capability' ? '' : '"agent_id":"target",'
        const body =
          field === 'agent_id' ? `{"agent_id":"${text}"}` : `{${base}"${field}":"${text}"}`
        const answer = await post('/api/v1/tasks', body)
        expect([field, answer.status, answer.body.error.details?.[0]?.field]).toEqual([
          field,
          422,
          field,
        ])
      }
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'key %s → harmless',
    async (key) => {
      const hostile = `{"${key}":{"isAdmin":true,"role":"admin"}}`
      const stored = await cadre.request('/api/v1/tasks', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"agent_id":"target","input":${hostile}}`,
      })
      expect(stored.status).toBe(201)
      expect(await stored.text()).toContain(`"input":${hostile}`)
      for (const [path, fields] of [
        ['/api/v1/tasks', '"agent_id":"target"'],
        ['/api/v1/tasks/execute', '"agent_id":"target"'],
        ['/api/v1/agents', '"name":"proto","runtime":"remote"'],
        [`/api/v1/tasks/${watched}/heartbeat`, '"agent_id":"target"'],
      ] as const) {
        const answer = await post(path, `{${fields},"${key}":{"isAdmin":true}}`)
        expect([path, answer.status, answer.body.error.details?.[0]?.field]).toEqual([
          path,
          422,
          key,
        ])
      }
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    },
  )

  test('100,000 characters in every name → 422 names the field', async () => {
    const long = 'n'.repeat(100_000)
    const bodies: [string, object, string][] = [
      ['/tasks', { agent_id: long }, 'agent_id'],
      ['/tasks', { agent_id: 'target', title: long }, 'title'],
      ['/tasks', { capability: long }, 'capability'],
      ['/tasks', { agent_id: 'target', idempotency_key: long }, 'idempotency_key'],
      ['/tasks', { agent_id: 'target', tags: [long] }, 'tags[0]'],
      ['/tasks', { agent_id: 'target', [long]: 1 }, `${'n'.repeat(300)}…`],
      ['/agents', { name: long, runtime: 'remote' }, 'name'],
      ['/agents', { name: 'x', version: `1.0.0-${long}`, runtime: 'remote' }, 'version'],
      ['/agents', { name: 'x', description: long, runtime: 'remote' }, 'description'],
      ['/agents', { name: 'x', capabilities: [long], runtime: 'remote' }, 'capabilities[0]'],
      ['/agents', { name: 'x', price: '9'.repeat(100_000), runtime: 'remote' }, 'price'],
      ['/session', { key: long }, 'key'],
      [`/tasks/${watched}/cancel`, { reason: long }, 'reason'],
      [
        `/tasks/${watched}/report-failure`,
        { agent_id: 'target', error_message: long },
        'error_message',
      ],
    ]
    for (const [path, body, field] of bodies) {
      const answer = await post(`/api/v1${path}`, JSON.stringify(body))
      expect([path, answer.status, answer.body.error.details?.[0]?.field]).toEqual([
        path,
        422,
        field,
      ])
    }
  })

  test('two keys of one name → the last counts, as JSON readers do', async () => {
    const response = await cadre.request('/api/v1/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"agent_id":"nobody","agent_id":"target"}',
    })
    expect(response.status).toBe(201)
  })
})

describe('values', () => {
  const create = (fields: string) => post('/api/v1/tasks', `{"agent_id":"target",${fields}}`)

  test.each<[string, string]>([
    ['"max_retries":1e400', 'max_retries'],
    ['"max_retries":9007199254740993', 'max_retries'],
    ['"max_retries":1.5', 'max_retries'],
    ['"max_retries":"3"', 'max_retries'],
    ['"max_retries":true', 'max_retries'],
    ['"timeouts":{"execution_seconds":1e308}', 'timeouts.execution_seconds'],
    ['"timeouts":{"execution_seconds":-0}', 'timeouts.execution_seconds'],
    ['"backoff":{"base_seconds":-1}', 'backoff.base_seconds'],
    ['"backoff":{"cap_seconds":1e9}', 'backoff.cap_seconds'],
    ['"run_at":"NaN"', 'run_at'],
    ['"run_at":"Invalid Date"', 'run_at'],
    ['"run_at":"+275760-09-13T00:00:00Z"', 'run_at'],
    ['"run_at":"-000001-01-01T00:00:00Z"', 'run_at'],
    ['"run_at":"0000-01-01T00:00:00Z"', 'run_at'],
    ['"run_at":"9999-12-31T23:59:59-23:59"', 'run_at'],
    ['"run_at":"9999-12-31T23:59:59Z"', 'run_at'],
    ['"run_at":"2026-02-30T00:00:00Z"', 'run_at'],
    ['"run_at":"2026-01-01"', 'run_at'],
    ['"run_at":"2026-01-01T00:00:00"', 'run_at'],
    ['"run_at":1767225600', 'run_at'],
    ['"run_at":{}', 'run_at'],
  ])('create with %s → 422 names %s', async (fields, field) => {
    const answer = await create(fields)
    expect([answer.status, answer.body.error.details?.[0]?.field]).toEqual([422, field])
  })

  test.each([
    '"max_retries":-0',
    '"max_retries":0',
    '"max_retries":1e2',
    '"backoff":{"base_seconds":-0}',
    '"backoff":{"base_seconds":1e-9}',
    '"timeouts":{"execution_seconds":1e-9}',
    '"run_at":"0001-01-01T00:00:00Z"',
    '"run_at":"9998-12-31T23:59:59Z"',
    '"run_at":"1969-12-31T23:59:59.999999999Z"',
    '"input":1e400',
    '"input":-0',
    '"input":123456789012345678901234567890',
  ])('create with %s → 201, and it can be read', async (fields) => {
    const response = await cadre.request('/api/v1/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"agent_id":"target",${fields}}`,
    })
    expect(response.status).toBe(201)
    const { id } = (await response.json()) as { id: string }
    expect((await cadre.client.tasks.get(id)).id).toBe(id)
  })

  test('costs at the greatest amount, again and again → no overflow', async () => {
    const { id } = await cadre.client.tasks.create({
      agent_id: 'target',
      max_retries: 100,
      backoff: { base_seconds: 0 },
    })
    for (let round = 0; round < 3; round++) {
      await cadre.client.tasks.updateStatus(id, { agent_id: 'target', new_status: 'IN_PROGRESS' })
      const answer = await post(
        `/api/v1/tasks/${id}/report-failure`,
        '{"agent_id":"target","error_message":"dear","cost":"999999999.999999"}',
      )
      expect(answer.status).toBe(200)
    }
    expect((await cadre.client.tasks.get(id)).cost).toBe('2999999999.999997')
    const tooDear = await post(
      `/api/v1/tasks/${id}/report-failure`,
      '{"agent_id":"target","error_message":"dear","cost":"1000000000"}',
    )
    expect([tooDear.status, tooDear.body.error.details?.[0]?.field]).toEqual([422, 'cost'])
  })
})
