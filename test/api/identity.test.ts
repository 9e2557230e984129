import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody, Identity } from '@cadre/contract'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import {
  isOpenRoute,
  requiredQueryOf,
  routesOf,
  type DocumentedRoute,
} from '../support/openapi-document.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let routes: DocumentedRoute[]
const OTHER_KEY = 'key-of-the-other-tenant-administrator'
const KEYS = {
  viewer: 'key-of-a-viewer-in-the-default-tenant',
  developer: 'key-of-a-developer-in-the-default-tenant',
  supervisor: 'key-of-a-supervisor-in-the-default-tenant',
} as const

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: [
        { tenant: 'other', role: 'admin', key: OTHER_KEY },
        { tenant: 'default', role: 'viewer', key: KEYS.viewer },
        { tenant: 'default', role: 'developer', key: KEYS.developer },
        { tenant: 'default', role: 'supervisor', key: KEYS.supervisor },
      ],
    },
  )
  routes = routesOf(await (await cadre.request('/api/v1/openapi.json')).json())
})
afterAll(async () => {
  await cadre.stop()
})

/** A call with exactly these headers. */
const bare = async (
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
) => {
  const response = await fetch(cadre.url + path, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body,
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text.startsWith('{') ? JSON.parse(text) : null) as (ErrorBody & Identity) | null,
  }
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const SOME_ID = '00000000-0000-4000-8000-000000000000'
const pathOf = (route: DocumentedRoute, id = SOME_ID) => route.path.replaceAll(/\{\w+\}/g, id)
describe('without identity', () => {
  test('every documented route but the open ones → 401 in the one shape', async () => {
    expect(routes.length).toBeGreaterThan(30)
    const answers = await Promise.all(
      ['/api/v1', '/api'].flatMap((prefix) =>
        routes
          .filter((route) => !isOpenRoute(route))
          .map(async (route) => {
            const body = ['GET', 'DELETE'].includes(route.method) ? undefined : '{}'
            const answer = await bare(route.method, prefix + pathOf(route), {}, body)
            return `${route.method} ${prefix}${route.path} ${answer.status} ${answer.body?.error.code}`
          }),
      ),
    )
    expect(answers.filter((answer) => !answer.endsWith(' 401 access.unauthenticated'))).toEqual([])
  })

  test.each([
    '/api/v1/no-such-route',
    '/api',
    '/metrics',
    '/api/v1/healthy',
    '/api/v1/health/deep',
    '//api/v1/tasks',
    '/api/v1/health/../tasks',
    '/api/v1/%74asks',
    '/API/V1/tasks.json',
  ])('%s → 401, not a hint of what exists', async (path) => {
    expect((await bare('POST', path)).status).toBe(401)
  })

  test.each([
    '/health/live',
    '/health/ready',
    '/health',
    '/api/health',
    '/api/v1/health/live',
    '/schemas/manifest.json',
    '/schemas/workflow.json',
    '/api/v1/schemas/workflow.json',
  ])('%s → open', async (path) => {
    expect((await bare('GET', path)).status).toBe(200)
  })

  test.each<[string, string]>([
    ['no scheme', 'administrator-key-of-the-tests'],
    ['another scheme', 'Basic YWRtaW46YWRtaW4='],
    ['an unknown key', 'Bearer not-a-known-key-at-all'],
    ['a mistyped key', `Bearer cadre_AAAAAAAA_${'B'.repeat(38)}`],
    ['nothing', 'Bearer '],
    ['two keys', 'Bearer one two'],
    ['a long key', `Bearer ${'x'.repeat(5_000)}`],
    ['a key of SQL', "Bearer ' or 1=1; --"],
  ])('authorization is %s → 401 with a challenge', async (_case, authorization) => {
    const answer = await bare('GET', '/api/v1/tasks', { authorization })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  })

  test('a wrong key does not fall back to a right cookie → 401', async () => {
    const cookie = await signedIn()
    const answer = await bare('GET', '/api/v1/tasks', { cookie, authorization: 'Bearer wrong-key' })
    expect(answer.status).toBe(401)
  })
})

const signedIn = async (key = cadre.key): Promise<string> => {
  const answer = await bare('POST', '/api/v1/session', {}, JSON.stringify({ key }))
  expect(answer.status).toBe(200)
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

describe('session', () => {
  test('sign in → a cookie that scripts and other sites cannot use, without the key in it', async () => {
    const answer = await bare('POST', '/api/session', {}, JSON.stringify({ key: cadre.key }))
    expect(answer.body).toMatchObject({ role: 'admin', name: 'administrator', kind: 'user' })
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^cadre_session=[\w-]{43};/)
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Strict/)
    expect(cookie).toMatch(/; Path=\//)
    expect(cookie).toMatch(/; Expires=/)
    expect(cookie).not.toContain(cadre.key)
  })

  test('sign in with a wrong key → 401 and no cookie', async () => {
    const answer = await bare('POST', '/api/v1/session', {}, '{"key":"wrong"}')
    expect(answer.status).toBe(401)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('cookie: reads pass; a write without the header → 403; with it → 201', async () => {
    const cookie = await signedIn()
    await registerRemote(cadre.client, 'clicked')
    expect((await bare('GET', '/api/v1/session', { cookie })).body?.role).toBe('admin')
    const body = '{"agent_id":"clicked"}'
    const forged = await bare('POST', '/api/v1/tasks', { cookie }, body)
    expect(forged).toMatchObject({ status: 403, body: { error: { code: 'access.csrf' } } })
    const meant = await bare('POST', '/api/v1/tasks', { cookie, 'x-cadre-request': '1' }, body)
    expect(meant.status).toBe(201)
  })

  test('sign out → the session is over, for its copies as well', async () => {
    const cookie = await signedIn()
    const out = await bare('DELETE', '/api/v1/session', { cookie, 'x-cadre-request': '1' })
    expect(out.status).toBe(204)
    expect(out.headers.getSetCookie()[0]).toMatch(/^cadre_session=;/)
    expect((await bare('GET', '/api/v1/session', { cookie })).status).toBe(401)
  })

  test('revoked key → its sessions end', async () => {
    const agent = await registerRemote(cadre.client, 'revoked-session')
    const cookie = await signedIn(agent.key)
    expect((await bare('GET', '/api/v1/session', { cookie })).body?.kind).toBe('agent')
    await cadre.client.agents.newKey(agent.id)
    expect((await bare('GET', '/api/v1/session', { cookie })).status).toBe(401)
  })

  test.each([
    'cadre_session=',
    'cadre_session=x',
    `cadre_session=${'a'.repeat(4_000)}`,
    'cadre_session=%00',
    'other=1',
  ])('cookie %s → 401', async (cookie) => {
    expect((await bare('GET', '/api/v1/session', { cookie })).status).toBe(401)
  })
})

describe('agent', () => {
  const claimFor = async (agentId: string) => {
    const task = await cadre.client.tasks.create({
      agent_id: agentId,
      input: 'secret of the owner',
    })
    const claim = await cadre.client.tasks.updateStatus(task.id, {
      agent_id: agentId,
      new_status: 'IN_PROGRESS',
    })
    return { id: task.id, token: claim.attempt_token }
  }

  test('agent: claims, reads, reports and completes its own task', async () => {
    const { id, key } = await registerRemote(cadre.client, 'diligent')
    const own = cadre.clientOf(key)
    const task = await cadre.client.tasks.create({ agent_id: id, input: 7 })
    const claim = await own.tasks.updateStatus(task.id, { agent_id: id, new_status: 'IN_PROGRESS' })
    expect((await own.tasks.get(task.id)).input).toBe(7)
    await own.tasks.heartbeat(task.id, { agent_id: id, attempt_token: claim.attempt_token })
    await own.tasks.progress(task.id, { agent_id: id, fraction: 0.5 })
    const done = await own.tasks.updateStatus(task.id, { agent_id: id, new_status: 'DONE' })
    expect(done.status).toBe('DONE')
    expect((await own.tasks.list()).items.map((item) => item.id)).toEqual([task.id])
    expect((await own.tasks.get(task.id)).status).toBe('DONE')
  })

  test('agent: another agent’s task → 404 to read, 403 to report for the other', async () => {
    const victim = await registerRemote(cadre.client, 'victim')
    const thief = await registerRemote(cadre.client, 'thief')
    const task = await claimFor(victim.id)
    const asThief = (method: string, path: string, body?: object) =>
      bare(
        method,
        `/api/v1/tasks/${task.id}${path}`,
        bearer(thief.key),
        body && JSON.stringify(body),
      )
    for (const path of ['', '/attempts', '/events', '/results'])
      expect((await asThief('GET', path)).status).toBe(404)
    const report = { agent_id: victim.id, attempt_token: task.token }
    const reports = await Promise.all([
      asThief('PUT', '/status', { ...report, new_status: 'DONE', result: 'stolen' }),
      asThief('POST', '/report-failure', { ...report, error_message: 'x' }),
      asThief('POST', '/heartbeat', report),
      asThief('POST', '/progress', { ...report, fraction: 1 }),
    ])
    expect(reports.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    // Under its own name it may ask, but holds nothing.
    const own = { agent_id: thief.id, attempt_token: task.token }
    expect((await asThief('PUT', '/status', { ...own, new_status: 'DONE' })).status).toBe(409)
    expect((await asThief('POST', '/report-failure', { ...own, error_message: 'x' })).status).toBe(
      409,
    )
    expect(
      (await asThief('PUT', '/status', { agent_id: thief.id, new_status: 'IN_PROGRESS' })).status,
    ).toBe(409)
    expect((await cadre.client.tasks.get(task.id)).status).toBe('IN_PROGRESS')
    const { items } = await cadre.clientOf(thief.key).tasks.list({ agent_id: victim.id })
    expect(items).toEqual([])
  })

  test('agent: another agent’s stream → 403', async () => {
    const one = await registerRemote(cadre.client, 'streamer')
    const two = await registerRemote(cadre.client, 'eavesdropper')
    const answer = await bare('GET', `/api/v1/agents/${one.id}/stream`, bearer(two.key))
    expect(answer.status).toBe(403)
  })

  test('agent: everything that is not its work → 403', async () => {
    const { id, key } = await registerRemote(cadre.client, 'curious')
    const task = await cadre.client.tasks.create({ agent_id: id })
    const allowed = new Set([
      'GET /session',
      'DELETE /session',
      'POST /session',
      'GET /tasks',
      'GET /tasks/{id}',
      'GET /tasks/{id}/attempts',
      'GET /tasks/{id}/events',
      'GET /tasks/{id}/results',
      'PUT /tasks/{id}/status',
      'POST /tasks/{id}/report-failure',
      'POST /tasks/{id}/heartbeat',
      'POST /tasks/{id}/progress',
      'GET /agents/{id}/stream',
      'POST /agents/{id}/calls',
      'GET /agents/{id}/queues',
      'PUT /agents/{id}/instances/{instance}',
      'DELETE /agents/{id}/instances/{instance}',
      'POST /agents/{id}/claim-task',
      'POST /access/explain',
      'GET /openapi.json',
    ])
    const others = routes.filter(
      (route) => !allowed.has(`${route.method} ${route.path}`) && !isOpenRoute(route),
    )
    expect(others.length).toBeGreaterThan(10)
    const answers = await Promise.all(
      others.map(async (route) => {
        const path = pathOf(route, route.path.startsWith('/tasks') ? task.id : id)
        const body = route.exampleBody
        const answer = await bare(
          route.method,
          `/api/v1${path}?${requiredQueryOf(route)}`,
          bearer(key),
          body && JSON.stringify(body),
        )
        return `${route.method} ${route.path} ${answer.status}`
      }),
    )
    expect(answers.filter((answer) => !answer.endsWith(' 403'))).toEqual([])
  })
})

describe('roles', () => {
  const may = async (key: string, method: string, path: string, body?: object) =>
    (await bare(method, `/api/v1${path}`, bearer(key), body && JSON.stringify(body))).status

  test('viewer: reads, and changes nothing', async () => {
    const { id } = await registerRemote(cadre.client, 'looked-at')
    expect(await may(KEYS.viewer, 'GET', '/tasks')).toBe(200)
    expect(await may(KEYS.viewer, 'GET', `/agents/${id}/stats`)).toBe(200)
    expect(await may(KEYS.viewer, 'POST', '/tasks', { agent_id: id })).toBe(403)
    expect(await may(KEYS.viewer, 'POST', '/tasks/execute', { agent_id: id })).toBe(403)
    expect(await may(KEYS.viewer, 'POST', '/agents', { name: 'x', runtime: 'remote' })).toBe(403)
    expect(await may(KEYS.viewer, 'DELETE', `/agents/${id}`)).toBe(403)
  })

  test('developer: makes tasks and agents, but manages none and reports for none', async () => {
    const { id } = await registerRemote(cadre.client, 'developed')
    const task = await cadre.client.tasks.create({ agent_id: id })
    expect(await may(KEYS.developer, 'POST', '/tasks', { agent_id: id })).toBe(201)
    expect(await may(KEYS.developer, 'POST', '/agents', { name: 'mine', runtime: 'remote' })).toBe(
      201,
    )
    expect(await may(KEYS.developer, 'POST', `/agents/${id}/disable`)).toBe(403)
    expect(await may(KEYS.developer, 'POST', `/agents/${id}/keys`)).toBe(403)
    expect(
      await may(KEYS.developer, 'PUT', `/tasks/${task.id}/status`, {
        agent_id: id,
        new_status: 'DONE',
      }),
    ).toBe(403)
  })

  test('supervisor: manages agents', async () => {
    const { id } = await registerRemote(cadre.client, 'supervised')
    expect(await may(KEYS.supervisor, 'POST', `/agents/${id}/disable`)).toBe(200)
    expect(await may(KEYS.supervisor, 'POST', `/agents/${id}/keys`)).toBe(201)
    expect(await may(KEYS.supervisor, 'DELETE', `/agents/${id}`)).toBe(204)
  })
})

describe('tenants', () => {
  test('another tenant’s objects → 404 on every route, and unchanged', async () => {
    const agent = await registerRemote(cadre.client, 'private-remote', ['private.work'])
    const wasm = await publishWasm(cadre.client, 'private-wasm', ECHO)
    const task = await cadre.client.tasks.create({ agent_id: agent.id, input: 'private' })
    const run = await cadre.client.tasks.execute({ agent_id: wasm.id, input: 'private' })
    const byId = routes.filter(
      (route) =>
        route.path.includes('{id}') &&
        !route.path.endsWith('claim-task') &&
        // Only the operator manages tenants: see access/route-table.ts.
        !route.path.startsWith('/tenants'),
    )
    expect(byId.length).toBeGreaterThan(15)
    const answers = await Promise.all(
      byId.flatMap((route) =>
        (route.path.startsWith('/tasks')
          ? [task.id, run.task_id]
          : [agent.id, wasm.id, 'private-wasm']
        ).map(async (id) => {
          const body = route.exampleBody
          const answer = await bare(
            route.method,
            `/api/v1${pathOf(route, id)}`,
            bearer(OTHER_KEY),
            body && JSON.stringify(body),
          )
          return `${route.method} ${route.path} ${answer.status}`
        }),
      ),
    )
    expect(answers.filter((answer) => !answer.endsWith(' 404'))).toEqual([])
    const untouched = { ...task, waiting: expect.anything() as unknown }
    expect(await cadre.client.tasks.get(task.id)).toEqual(untouched)
    expect((await cadre.client.agents.get(agent.id)).enabled).toBe(true)
  })

  test('another tenant: naming our agent in a body → as if it were absent', async () => {
    const agent = await registerRemote(cadre.client, 'not-theirs', ['shared.name'])
    const theirs = cadre.clientOf(OTHER_KEY)
    await expect(theirs.tasks.create({ agent_id: agent.id })).rejects.toMatchObject({ status: 422 })
    await expect(theirs.tasks.execute({ agent_id: agent.id })).rejects.toMatchObject({
      status: 404,
    })
    const waiting = await theirs.tasks.create({ capability: 'shared.name' })
    expect(waiting.waiting?.reason).toBe('no_agent')
    await expect(
      cadre
        .clientOf(agent.key)
        .tasks.updateStatus(waiting.id, { agent_id: agent.id, new_status: 'IN_PROGRESS' }),
    ).rejects.toMatchObject({ status: 404 })
    await theirs.tasks.cancel(waiting.id)
  })

  test('another tenant: lists, counts and results show nothing of ours; one idempotency key and one name serve both', async () => {
    const ours = await registerRemote(cadre.client, 'same-name')
    const theirs = cadre.clientOf(OTHER_KEY)
    const twin = await registerRemote(theirs, 'same-name')
    const key = { idempotency_key: 'same key' }
    const first = await cadre.client.tasks.create({ agent_id: ours.id, ...key })
    const second = await theirs.tasks.create({ agent_id: twin.id, ...key })
    expect(second.id).not.toBe(first.id)
    const { items } = await theirs.tasks.list({ limit: 100 })
    expect(items.every((item) => item.agent_id === twin.id || item.capability !== null)).toBe(true)
    expect((await theirs.agents.list()).items.map((agent) => agent.id)).toEqual([twin.id])
    expect((await theirs.agents.search('private')).agents).toEqual([])
    expect((await theirs.tasks.counts()).waiting).toBe(1)
    const results = await fetch(`${cadre.url}/api/v1/tasks/results`, { headers: bearer(OTHER_KEY) })
    expect(await results.json()).toMatchObject({ results: [], count: 0 })
  })
})
