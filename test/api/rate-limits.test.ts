import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody } from '@cadre/contract'
import { routeClassOf } from '../../src/http/route-class.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { createTestDatabase } from '../support/databases.ts'
import { routesOf } from '../support/openapi-document.ts'
import { startRedis } from '../support/services/redis-server.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

/** A thousandth per second: nothing comes back while a test runs. */
const SLOW = '0.001'
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })
const statusOf = async (answer: Promise<Response>) => {
  const response = await answer
  await response.arrayBuffer()
  return response.status
}

describe('limits of the API', () => {
  let cadre: RunningCadre
  let agent: { id: string; key: string }
  beforeAll(async () => {
    cadre = await startCadre({
      CADRE_DEMO_AGENTS: 'false',
      CADRE_RATE_READ_BURST: '50',
      CADRE_RATE_READ_PER_SECOND: SLOW,
      CADRE_RATE_SIGN_IN_BURST: '10',
      CADRE_RATE_SIGN_IN_PER_SECOND: SLOW,
      CADRE_RATE_HOOK_BURST: '5',
      CADRE_RATE_HOOK_PER_SECOND: SLOW,
    })
    agent = await registerRemote(cadre.client, 'limited')
  })
  afterAll(() => cadre.stop())

  test('every documented route: what agents report and cancellations are work, streams are streams', async () => {
    const document = await (await cadre.request('/api/v1/openapi.json')).json()
    const classed = routesOf(document)
      .map(({ method, path }) => `${routeClassOf(method, `/api/v1${path}`)} ${method} ${path}`)
      .filter((line) => /^(?:work|stream)/.test(line))
    expect(classed.toSorted()).toEqual([
      'stream GET /agents/{id}/stream',
      'stream GET /events',
      'work DELETE /agents/{id}/instances/{instance}',
      'work POST /agents/{id}/calls',
      'work POST /runs/{id}/cancel',
      'work POST /tasks/{id}/cancel',
      'work POST /tasks/{id}/heartbeat',
      'work POST /tasks/{id}/progress',
      'work POST /tasks/{id}/report-failure',
      'work PUT /agents/{id}/instances/{instance}',
      'work PUT /tasks/{id}/status',
    ])
  })

  test('answers say how much is left; beyond it 429 says when to come back', async () => {
    const read = () => fetch(`${cadre.url}/api/v1/session`, bearer(agent.key))
    const first = await read()
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-policy')).toBe('"read";q=50;w=50000, "tenant";q=160000;w=2')
    expect(first.headers.get('ratelimit')).toMatch(/^"read";r=49;t=1, "tenant";r=\d+;t=1$/)
    for (let n = 0; n < 49; n++) expect(await statusOf(read())).toBe(200)
    const refused = await read()
    expect(refused.status).toBe(429)
    const { error } = (await refused.json()) as ErrorBody
    expect(error).toMatchObject({ code: 'request.rate_limited', request_id: expect.any(String) })
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(900)
    expect(refused.headers.get('ratelimit')).toMatch(new RegExp(`^"read";r=0;t=${seconds}, `))
    const metrics = await (await cadre.request('/metrics')).text()
    expect(metrics).toContain('cadre_rate_refusals_total{class="read",scope="principal"} 1')
  })

  test('reading used up → work, health and others go on', async () => {
    const { id } = await cadre.client.tasks.create({ agent_id: agent.id })
    const own = cadre.clientOf(agent.key)
    await expect(own.tasks.get(id)).rejects.toMatchObject({ status: 429 })
    await own.tasks.updateStatus(id, { agent_id: agent.id, new_status: 'IN_PROGRESS' })
    await own.tasks.heartbeat(id, { agent_id: agent.id })
    await own.tasks.updateStatus(id, { agent_id: agent.id, new_status: 'DONE' })
    for (let n = 0; n < 60; n++) expect(await statusOf(fetch(`${cadre.url}/health/live`))).toBe(200)
    expect((await cadre.client.tasks.get(id)).status).toBe('DONE')
  })

  test('guessing keys → 401, then 429 for wrong ones; those who are known go on', async () => {
    const guess = (n: number) => statusOf(fetch(`${cadre.url}/api/v1/tasks`, bearer(`wrong-${n}`)))
    const statuses: number[] = []
    for (let n = 0; n < 15; n++) statuses.push(await guess(n))
    expect(new Set(statuses.slice(0, 10))).toEqual(new Set([401]))
    expect(new Set(statuses.slice(10))).toEqual(new Set([429]))
    const signIn = (key: string) =>
      fetch(`${cadre.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key }),
      })
    const refused = await signIn('another-wrong-one')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await statusOf(signIn(cadre.key))).toBe(200)
    expect(await statusOf(cadre.request('/api/v1/tasks'))).toBe(200)
  })

  test('guessing addresses of webhooks → 404, then 429', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 8; n++)
      statuses.push(
        await statusOf(fetch(`${cadre.url}/api/v1/hooks/guess-${n}`, { method: 'POST' })),
      )
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429, 429])
    const metrics = await (await cadre.request('/metrics')).text()
    expect(metrics).toContain('cadre_rate_refusals_total{class="hook",scope="address"} 3')
  })

  test('sessions without end from one key → 429', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 12; n++)
      statuses.push(
        await statusOf(
          cadre.request('/api/v1/session', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ key: agent.key }),
          }),
        ),
      )
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
    expect(statuses.at(-1)).toBe(429)
  })
})

test('limits switched off → no fields, and guesses are 401 as ever', async () => {
  const cadre = await startCadre({
    CADRE_DEMO_AGENTS: 'false',
    CADRE_RATE_LIMITS: 'false',
    CADRE_RATE_READ_BURST: '1',
    CADRE_RATE_SIGN_IN_BURST: '1',
  })
  try {
    for (let n = 0; n < 5; n++) {
      const answer = await cadre.request('/api/v1/session')
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null])
      expect(await statusOf(fetch(`${cadre.url}/api/v1/tasks`, bearer(`wrong-${n}`)))).toBe(401)
    }
  } finally {
    await cadre.stop()
  }
})

test('two processes that share Redis: together exactly the burst', async () => {
  const [database, redis] = [await createTestDatabase('postgres'), await startRedis()]
  const started: RunningCadre[] = []
  try {
    const settings = {
      CADRE_DATABASE_URL: database.url ?? '',
      CADRE_REDIS_URL: redis.url,
      CADRE_RATE_READ_BURST: '40',
      CADRE_RATE_READ_PER_SECOND: SLOW,
    }
    for (let n = 0; n < 2; n++) started.push(await startCadre(settings))
    const isShared = async () => {
      const states = started.map(async ({ request }) => {
        const { components } = (await (await request('/health')).json()) as {
          components: Record<string, { status: string }>
        }
        return components['redis']?.status
      })
      return Promise.all(states)
    }
    await expect.poll(isShared).toEqual(['healthy', 'healthy'])
    const asked = Array.from({ length: 120 }, (_, n) => started[n % 2]).flatMap((cadre) =>
      cadre === undefined ? [] : [statusOf(cadre.request('/api/v1/session'))],
    )
    const statuses = await Promise.all(asked)
    expect(statuses.filter((status) => status === 200)).toHaveLength(40)
    expect(statuses.filter((status) => status === 429)).toHaveLength(80)
  } finally {
    await Promise.all(started.map((cadre) => cadre.stop()))
    await redis.stop()
    await database.drop()
  }
})
