import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreateTask, ErrorBody, Task } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let agentId: string

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  agentId = (await registerRemote(cadre.client, 'creator', ['text.sum'])).id
})
afterAll(() => cadre.stop())

const post = (path: string, body: unknown) =>
  cadre.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const refusal = async (response: Response) => {
  const body = (await response.json()) as ErrorBody
  return { status: response.status, ...body.error }
}

describe('create', () => {
  test.each(['/api/v1/tasks', '/api/tasks'])(
    'create: POST %s → 201 with the task',
    async (path) => {
      const response = await post(path, {
        title: 'A title',
        agent_id: agentId,
        input: { text: 'a' },
        priority: 'high',
        max_retries: 5,
        run_at: '2030-01-02T03:04:05+02:00',
        timeouts: { execution_seconds: 7 },
        tags: ['one', 'two'],
      })
      expect(response.status).toBe(201)
      expect(await response.json()).toMatchObject({
        title: 'A title',
        kind: 'queued',
        agent_id: agentId,
        agent_name: 'creator',
        capability: null,
        input: { text: 'a' },
        priority: 'high',
        status: 'TODO',
        attempt: 0,
        retry_count: 0,
        max_retries: 5,
        run_at: '2030-01-02T01:04:05.000Z',
        waiting: { reason: 'scheduled', until: '2030-01-02T01:04:05.000Z' },
        timeouts: { execution_seconds: 7 },
        tags: ['one', 'two'],
        result: null,
        finished_at: null,
      })
    },
  )

  test('create: least request → defaults of priority, retries and backoff', async () => {
    expect(await cadre.client.tasks.create({ agent_id: agentId })).toMatchObject({
      priority: 'medium',
      max_retries: 3,
      backoff: { base_seconds: 5, cap_seconds: 300 },
      title: null,
      input: null,
      tags: [],
    })
  })

  test('create: agent by name → its id', async () => {
    const task = await cadre.client.tasks.create({ agent_id: 'creator' })
    expect(task.agent_id).toBe(agentId)
  })

  test('create: capability → no agent yet', async () => {
    const task = await cadre.client.tasks.create({ capability: 'text.sum' })
    expect(task).toMatchObject({ agent_id: null, capability: 'text.sum' })
  })

  test('create: capability that nobody offers → waits for no_agent', async () => {
    const task = await cadre.client.tasks.create({ capability: 'nobody.does' })
    expect(task.waiting).toMatchObject({ reason: 'no_agent', until: null })
  })

  test.each<[string, unknown, string]>([
    ['neither agent nor capability', {}, 'agent_id'],
    ['both agent and capability', { agent_id: 'creator', capability: 'text.sum' }, 'agent_id'],
    ['unknown agent', { agent_id: 'nobody' }, 'agent_id'],
    ['unknown priority', { agent_id: 'creator', priority: 'HIGH' }, 'priority'],
    ['negative retries', { agent_id: 'creator', max_retries: -1 }, 'max_retries'],
    ['unknown field', { agent_id: 'creator', retries: 1 }, 'retries'],
    [
      'nested field',
      { agent_id: 'creator', timeouts: { execution_seconds: 0 } },
      'timeouts.execution_seconds',
    ],
    ['no date', { agent_id: 'creator', run_at: 'tomorrow' }, 'run_at'],
  ])('create: %s → 422 names the field', async (_case, body, field) => {
    const { status, code, details, request_id } = await refusal(await post('/api/v1/tasks', body))
    expect({ status, code }).toEqual({ status: 422, code: 'request.invalid' })
    expect(details?.map((detail) => detail.field)).toContain(field)
    expect(request_id).toMatch(/^[\w.-]{8,64}$/)
  })

  test('create: given x-request-id → the same in the answer and in the error', async () => {
    const response = await cadre.request('/api/v1/tasks/none', {
      headers: { 'x-request-id': 'my-request-1' },
    })
    expect(response.headers.get('x-request-id')).toBe('my-request-1')
    expect((await refusal(response)).request_id).toBe('my-request-1')
  })
})

describe('idempotency', () => {
  test('create: same idempotency key → the first task and the replay header', async () => {
    const body = { agent_id: agentId, input: 1, idempotency_key: 'once' }
    const first = await post('/api/v1/tasks', body)
    const second = await post('/api/v1/tasks', body)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(((await second.json()) as Task).id).toBe(((await first.json()) as Task).id)
  })

  test('create: same key, other request → 409', async () => {
    await post('/api/v1/tasks', { agent_id: agentId, input: 1, idempotency_key: 'twice' })
    const response = await post('/api/v1/tasks', {
      agent_id: agentId,
      input: 2,
      idempotency_key: 'twice',
    })
    expect(await refusal(response)).toMatchObject({
      status: 409,
      code: 'task.idempotency_mismatch',
    })
  })

  test('create: 30 concurrent repeats → one task', async () => {
    const body: CreateTask = { agent_id: agentId, idempotency_key: 'at once' }
    const tasks = await Promise.all(
      Array.from({ length: 30 }, () => cadre.client.tasks.create(body)),
    )
    expect(new Set(tasks.map((task) => task.id)).size).toBe(1)
  })
})

describe('batch', () => {
  test('batch: 1,000 tasks → 201 in the order given', async () => {
    const tasks = Array.from({ length: 1_000 }, (_, index) => ({
      agent_id: agentId,
      title: `batch ${index}`,
    }))
    const { items } = await cadre.client.tasks.createBatch(tasks)
    expect(items.map((item) => item.title)).toEqual(tasks.map((task) => task.title))
  })

  test('batch: 1,001 tasks → 422 and none is stored', async () => {
    const tasks = Array.from({ length: 1_001 }, () => ({ agent_id: agentId, title: 'too many' }))
    const { status, details } = await refusal(await post('/api/v1/tasks/batch', { tasks }))
    expect(status).toBe(422)
    expect(details?.[0]?.field).toBe('tasks')
    expect((await cadre.client.tasks.list({ q: 'too many' })).items).toEqual([])
  })

  test('batch: one wrong among good ones → 422 names its place and none is stored', async () => {
    const tasks = [
      { agent_id: agentId, title: 'sound' },
      { agent_id: 'nobody', title: 'unsound' },
    ]
    const { status, details } = await refusal(await post('/api/v1/tasks/batch', { tasks }))
    expect(status).toBe(422)
    expect(details?.[0]?.field).toBe('tasks[1].agent_id')
    expect((await cadre.client.tasks.list({ q: 'sound' })).items).toEqual([])
  })

  test('batch: one idempotency key twice with one request → one task', async () => {
    const task = { agent_id: agentId, title: 'twin', idempotency_key: 'twin' }
    const { items } = await cadre.client.tasks.createBatch([task, task])
    expect(items[0]?.id).toBe(items[1]?.id)
  })
})
