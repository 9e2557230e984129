import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type TaskOffer } from '@cadre/contract'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { agentForm, publishWasm, registerRemote } from '../support/agent-forms.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'

interface Span {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  attributes: { key: string; value: { stringValue?: string } }[]
}

/** A collector of traces (OTLP/HTTP with JSON). */
const startCollector = async () => {
  const spans: Span[] = []
  const changed = new EventTarget()
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
    }
    for (const resource of body.resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...scope.spans)
    response.end('{}')
    changed.dispatchEvent(new Event('change'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

let collector: Awaited<ReturnType<typeof startCollector>>
let cadre: CadreProcess

beforeAll(async () => {
  collector = await startCollector()
  cadre = await startCadreProcess({
    CADRE_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  })
  await publishWasm(cadre.client, 'echo', ECHO)
})
afterAll(async () => {
  await cadre.stop()
  collector.close()
})

const samples = async () => {
  const text = await (await cadre.request('/metrics')).text()
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    // Prometheus text format 0.0.4: name{labels} value
    const match =
      /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (-?[\d.e+-]+|NaN|[+-]Inf)$/.exec(
        line,
      )
    expect([line, match !== null]).toEqual([line, true])
    found.set(match?.[1] ?? '', Number(match?.[2]))
  }
  return found
}
const sumOf = (found: Map<string, number>, prefix: string) =>
  [...found].filter(([name]) => name.startsWith(prefix)).reduce((sum, [, value]) => sum + value, 0)

describe('metrics', () => {
  test.each(['/metrics', '/api/v1/metrics', '/api/metrics'])(
    '%s → the text format, with identity only',
    async (path) => {
      expect((await fetch(cadre.url + path)).status).toBe(401)
      const response = await cadre.request(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
      expect(await response.text()).toContain('# TYPE cadre_tasks_created_total counter')
    },
  )

  test('counters move with what happens', async () => {
    const agent = await registerRemote(cadre.client, 'counted')
    const before = await samples()
    const done = await cadre.client.tasks.create({ agent_id: agent.id })
    await cadre.client.tasks.updateStatus(done.id, { agent_id: agent.id, new_status: 'DONE' })
    const failed = await cadre.client.tasks.create({ agent_id: agent.id, max_retries: 1 })
    await cadre.client.tasks.updateStatus(failed.id, {
      agent_id: agent.id,
      new_status: 'IN_PROGRESS',
    })
    await cadre.client.tasks.reportFailure(failed.id, { agent_id: agent.id, error_message: 'x' })
    await cadre.client.tasks.execute({ agent_id: 'echo' })
    const waiting = await cadre.client.tasks.create({ agent_id: agent.id })
    const after = await samples()
    const moved = (name: string) => sumOf(after, name) - sumOf(before, name)
    expect(moved('cadre_tasks_created_total{kind="queued"}')).toBe(3)
    expect(moved('cadre_tasks_created_total{kind="direct"}')).toBe(1)
    expect(moved('cadre_attempts_started_total')).toBeGreaterThanOrEqual(2)
    expect(moved('cadre_attempts_finished_total{outcome="done"')).toBe(2)
    expect(moved('cadre_attempts_finished_total{outcome="failed"')).toBe(1)
    expect(moved('cadre_tasks_quarantined_total')).toBe(1)
    expect(moved('cadre_execution_duration_seconds_count{outcome="exit"}')).toBe(1)
    expect(
      moved(
        'cadre_http_request_duration_seconds_count{method="POST",route="/api/v1/tasks",status="201"}',
      ),
    ).toBe(3)
    expect(sumOf(after, `cadre_queue_depth{queue="tasks.agent.${agent.id}"`)).toBe(1)
    await cadre.client.tasks.cancel(waiting.id)
  })

  test('addresses of callers are no labels: 200 unknown routes and ids → no more series than before', async () => {
    const probe = (index: number) =>
      cadre.request(`/api/v1/${index % 2 ? 'tasks' : 'nowhere'}/${crypto.randomUUID()}`)
    await Promise.all([probe(0), probe(1)])
    const before = (await samples()).size
    for (let index = 0; index < 200; index++) await (await probe(index)).arrayBuffer()
    expect((await samples()).size - before).toBeLessThan(40)
  })
})

describe('health', () => {
  test.each([
    ['/health/live', { status: 'ok' }],
    ['/health/ready', { status: 'ready' }],
    ['/api/v1/health/live', { status: 'ok' }],
    ['/api/health/ready', { status: 'ready' }],
  ])('%s → 200 without identity', async (path, body) => {
    const response = await fetch(cadre.url + path)
    expect([response.status, await response.json()]).toEqual([200, body])
  })

  test('/health → every component and the worst of them', async () => {
    const health = await cadre.client.health()
    expect(health).toMatchObject({
      status: 'healthy',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    })
    expect(Object.keys(health.components).toSorted()).toEqual([
      'broker',
      'database',
      'wasm executor',
    ])
    for (const component of Object.values(health.components))
      expect(component).toEqual({
        status: 'healthy',
        detail: expect.any(String),
        latency_ms: expect.any(Number),
      })
    expect(JSON.stringify(health)).not.toContain(cadre.dataDirectory)
  })

  test('/health → details for the operator; for nobody, a wrong key and other tenants the state alone', async () => {
    const { admin } = await cadre.client.tenants.create({ name: 'seen', admin: { name: 'root' } })
    const agent = await registerRemote(cadre.client, 'no-reader')
    const detailsOf = async (key?: string) => {
      const { status, components } = await createClient({ baseUrl: cadre.url, key, fetch }).health()
      return [status, ...new Set(Object.values(components).map(({ detail }) => detail))]
    }
    const alone = ['healthy', 'works']
    expect(await detailsOf()).toEqual(alone)
    expect(await detailsOf('cadre_wrong')).toEqual(alone)
    expect(await detailsOf(admin.key)).toEqual(alone)
    expect(await detailsOf(agent.key)).toEqual(alone)
    expect(await detailsOf(cadre.key)).not.toContain('works')
  })
})

describe('traces', () => {
  const traceId = () => crypto.randomUUID().replaceAll('-', '')
  const withTrace = (id: string) => ({
    'content-type': 'application/json',
    traceparent: `00-${id}-00f067aa0ba902b7-01`,
  })

  test('traceparent of the creator → the same trace in the offer', async () => {
    const agent = await registerRemote(cadre.client, 'traced')
    const stream = await openEventStream(`${cadre.url}/api/v1/agents/${agent.id}/stream`, {
      authorization: `Bearer ${agent.key}`,
    })
    const id = traceId()
    await cadre.request('/api/v1/tasks', {
      method: 'POST',
      headers: withTrace(id),
      body: JSON.stringify({ agent_id: agent.id }),
    })
    const { data } = await stream.waitFor((message) => message.event === 'task')
    expect((JSON.parse(data) as TaskOffer).traceparent).toMatch(
      new RegExp(`^00-${id}-[0-9a-f]{16}-01$`),
    )
    await stream.close()
  })

  test('create → claim → execute → complete of a WASM task → spans of one trace, exported', async () => {
    const id = traceId()
    const response = await cadre.request('/api/v1/tasks', {
      method: 'POST',
      headers: withTrace(id),
      body: '{"agent_id":"echo","input":"traced"}',
    })
    const task = (await response.json()) as { id: string }
    await expect
      .poll(() => cadre.client.tasks.get(task.id).then(({ status }) => status))
      .toBe('DONE')
    const names = () =>
      collector.spans.filter((span) => span.traceId === id).map((span) => span.name)
    await expect
      .poll(names, { timeout: 10_000 })
      .toEqual(expect.arrayContaining(['POST /api/v1/tasks', 'task.create', 'task.execute']))
    expect(names()).toEqual(
      expect.arrayContaining([expect.stringMatching(/claim/), expect.stringMatching(/complete/)]),
    )
    const spans = collector.spans.filter((span) => span.traceId === id)
    const ids = new Set([...spans.map((span) => span.spanId), '00f067aa0ba902b7'])
    for (const span of spans)
      expect([span.name, ids.has(span.parentSpanId ?? '')]).toEqual([span.name, true])
    expect(JSON.stringify(spans)).not.toContain('"traced"')
  })

  test.each([
    '',
    'nonsense',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    `00-${'g'.repeat(32)}-00f067aa0ba902b7-01`,
    `ff-${'a'.repeat(32)}-00f067aa0ba902b7-01`,
    'x'.repeat(5_000),
  ])('traceparent %j → ignored', async (traceparent) => {
    const response = await cadre.request('/api/v1/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent },
      body: '{"agent_id":"echo"}',
    })
    expect(response.status).toBe(201)
  })
})

describe('log', () => {
  test('keys, tokens and payloads never appear; nothing forges a line', async () => {
    const SECRET = 'very-secret-payload'
    const FORGED = 'x\n{"level":"error","event":"forged.line"}\r\nforged'
    const agent = await registerRemote(cadre.client, 'discreet')
    const own = { authorization: `Bearer ${agent.key}`, 'content-type': 'application/json' }
    const call = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${cadre.url}/api/v1${path}`, init)
      await response.arrayBuffer()
      return response
    }
    const admin = { authorization: `Bearer ${cadre.key}`, 'content-type': 'application/json' }
    const task = await cadre.client.tasks.create({
      agent_id: agent.id,
      title: FORGED,
      input: SECRET,
      idempotency_key: SECRET,
      max_retries: 1,
    })
    const claim = await cadre.client.tasks.updateStatus(task.id, {
      agent_id: agent.id,
      new_status: 'IN_PROGRESS',
    })
    const signedIn = await call('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: cadre.key }),
    })
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    await call('/session', { headers: { cookie } })
    await call('/session', { headers: { authorization: `Bearer wrong-${SECRET}` } })
    await call('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"key":"wrong-${SECRET}"}`,
    })
    await call(`/tasks/${task.id}/report-failure`, {
      method: 'POST',
      headers: own,
      body: JSON.stringify({
        agent_id: agent.id,
        attempt_token: claim.attempt_token,
        error_message: `${FORGED} ${SECRET}`,
      }),
    })
    await cadre.client.tasks.execute({ agent_id: 'echo', input: SECRET })
    await publishWasm(cadre.client, 'noisy', exiting(3))
    const noisy = await cadre.client.tasks.create({
      agent_id: 'noisy',
      input: SECRET,
      max_retries: 1,
    })
    await expect
      .poll(() => cadre.client.tasks.get(noisy.id).then(({ status }) => status))
      .toBe('QUARANTINED')
    // What is refused or fails: its reason may be logged, its content may not.
    await call('/tasks', { method: 'POST', headers: admin, body: `{"agent_id":"${SECRET}` })
    await call('/tasks', {
      method: 'POST',
      headers: admin,
      body: JSON.stringify({ agent_id: SECRET, [SECRET]: 1 }),
    })
    await call(`/tasks?q=${SECRET}&cursor=${SECRET}`, { headers: admin })
    await call(`/agents/${SECRET}%0a%7b%22event%22%3a%22forged.line%22%7d`, { headers: admin })
    await call('/agents', {
      method: 'POST',
      headers: { authorization: admin.authorization },
      body: agentForm({ name: 'x', description: SECRET }, new TextEncoder().encode(SECRET)),
    })
    await call('/tasks', {
      headers: {
        ...admin,
        'x-request-id': 'a {"event":"forged.line"}',
        'user-agent': `${SECRET}`,
        referer: SECRET,
      },
    })
    await call('/health')

    const log = cadre.log()
    const lines = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.length).toBeGreaterThan(20)
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.any(String),
        time: expect.any(String),
        event: expect.stringMatching(/^[a-z_]+(?:\.[a-z_]+)+$/),
      })
      expect(line['event']).not.toBe('forged.line')
    }
    for (const secret of [
      cadre.key,
      agent.key,
      claim.attempt_token ?? '',
      cookie.split('=')[1] ?? '',
      SECRET,
    ])
      expect([secret.slice(0, 6), log.includes(secret)]).toEqual([secret.slice(0, 6), false])
    expect(
      lines.find(
        (line) => line['event'] === 'http.request' && line['route'] === '/api/v1/tasks/execute',
      ),
    ).toMatchObject({
      requestId: expect.any(String),
      method: 'POST',
      status: 200,
      durationMs: expect.any(Number),
      tenantId: expect.any(String),
      principalId: expect.any(String),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })
})
