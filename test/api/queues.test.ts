import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody, Queue } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const SHARED = 'tasks.wasm'
const UNLIMITED = {
  concurrency_max: null,
  concurrency_max_per_key: null,
  rate_per_second: null,
  rate_burst: null,
}

let cadre: RunningCadre
let count = 0

const keyOf = (name: string) => `key-of-the-queue-tests-${name}`

beforeAll(async () => {
  cadre = await startCadre(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(['viewer', 'developer', 'supervisor', 'agent'], keyOf),
    },
  )
})
afterAll(async () => {
  await cadre.stop()
})

const call = async (method: string, path: string, body?: unknown, key = cadre.key) => {
  const response = await cadre.request(`/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Queue & ErrorBody,
  }
}
/** A remote agent with the queue of its own. */
const newAgent = async () => {
  const agent = await registerRemote(cadre.client, `worker-${(count += 1)}`)
  return { ...agent, queue: `tasks.agent.${agent.id}` }
}
const create = async (agent: { id: string }) =>
  (await cadre.client.tasks.create({ agent_id: agent.id })).id
const claim = (taskId: string, agent: { id: string; key: string }) =>
  call(
    'PUT',
    `/tasks/${taskId}/status`,
    { agent_id: agent.id, new_status: 'IN_PROGRESS' },
    agent.key,
  )
const admitted = (queue: string, tasks: number) =>
  expect
    .poll(async () => (await cadre.client.queues.get(queue)).admitted, { timeout: 10_000 })
    .toBe(tasks)

describe('queues', () => {
  test('starts → counted with their queue, for the tenant only, also when it is empty again', async () => {
    const agent = await newAgent()
    for (let n = 0; n < 3; n++) expect((await claim(await create(agent), agent)).status).toBe(200)
    const lastMinute = async () => (await cadre.client.queues.get(agent.queue)).starts.last_minute
    await expect.poll(lastMinute, { timeout: 10_000 }).toBe(3)
    const { per_bucket, bucket_seconds } = (await cadre.client.queues.get(agent.queue)).starts
    expect(per_bucket).toHaveLength(600 / bucket_seconds)
    expect(per_bucket.reduce((sum, starts) => sum + starts, 0)).toBe(3)
    const { items } = await cadre.clientOf(keyOf('other')).queues.list()
    expect(items.map(({ starts }) => starts.last_minute)).toEqual([0])
    expect(await (await cadre.request('/metrics')).text()).toContain(
      `cadre_queue_starts_total{queue="${agent.queue}"} 3`,
    )
  })

  test('read: a new agent → its queue, empty and without limits', async () => {
    const { name, queue } = await newAgent()
    expect(await cadre.client.queues.get(queue)).toEqual({
      name: queue,
      title: name,
      is_shared: false,
      is_paused: false,
      starts: { last_minute: 0, bucket_seconds: 10, per_bucket: [] },
      waiting: 0,
      admitted: 0,
      in_progress: 0,
      oldest_due_at: null,
      limits: UNLIMITED,
    })
  })

  test('list → the shared queue, and those with work or limits, by name', async () => {
    const [busy, limited, idle] = [await newAgent(), await newAgent(), await newAgent()]
    await create(busy)
    await cadre.client.queues.change(limited.queue, { concurrency_max: 3 })
    const names = (await cadre.client.queues.list()).items.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([SHARED, busy.queue, limited.queue]))
    expect(names).not.toContain(idle.queue)
    expect(names).toEqual(names.toSorted())
  })

  test('counts → a task is waiting or admitted, then in progress, then gone', async () => {
    const agent = await newAgent()
    const taskId = await create(agent)
    await admitted(agent.queue, 1)
    expect((await claim(taskId, agent)).status).toBe(200)
    expect(await cadre.client.queues.get(agent.queue)).toMatchObject({
      waiting: 0,
      admitted: 0,
      in_progress: 1,
    })
    await cadre.client.tasks.cancel(taskId)
    expect(await cadre.client.queues.get(agent.queue)).toMatchObject({ in_progress: 0 })
  })

  test('change → what is left out stays, and null lifts a limit', async () => {
    const { queue } = await newAgent()
    const { limits } = await cadre.client.queues.change(queue, {
      concurrency_max: 5,
      concurrency_max_per_key: 2,
      rate_per_second: 2.5,
    })
    const set = {
      concurrency_max: 5,
      concurrency_max_per_key: 2,
      rate_per_second: 2.5,
      rate_burst: 2,
    }
    expect(limits).toEqual(set)
    const lifted = await cadre.client.queues.change(queue, { concurrency_max: null })
    expect(lifted.limits).toEqual({ ...set, concurrency_max: null })
    const free = await cadre.client.queues.change(queue, {
      concurrency_max_per_key: null,
      rate_per_second: null,
    })
    expect(free.limits).toEqual(UNLIMITED)
    expect((await cadre.client.queues.get(queue)).limits).toEqual(UNLIMITED)
  })

  test('pause and resume → limits stay, both may be repeated, and what waited is admitted', async () => {
    const agent = await newAgent()
    await cadre.client.queues.change(agent.queue, { concurrency_max: 7 })
    for (let round = 0; round < 2; round++)
      expect(await cadre.client.queues.pause(agent.queue)).toMatchObject({
        is_paused: true,
        limits: { concurrency_max: 7 },
      })
    const taskId = await create(agent)
    expect((await cadre.client.tasks.get(taskId)).waiting?.reason).toBe('queue_paused')
    for (let round = 0; round < 2; round++)
      expect(await cadre.client.queues.resume(agent.queue)).toMatchObject({ is_paused: false })
    await admitted(agent.queue, 1)
    expect((await claim(taskId, agent)).status).toBe(200)
  })

  test("change: an agent's concurrency_max → set, shown, and lifted by null", async () => {
    const { id } = await newAgent()
    expect((await cadre.client.agents.change(id, { concurrency_max: 4 })).concurrency_max).toBe(4)
    expect((await cadre.client.agents.get(id)).concurrency_max).toBe(4)
    const lifted = await cadre.client.agents.change(id, { concurrency_max: null })
    expect(lifted.concurrency_max).toBeNull()
  })
})

describe('a claim that a limit refuses', () => {
  test('queue paused → task.queue_paused', async () => {
    const agent = await newAgent()
    await cadre.client.queues.pause(agent.queue)
    const refused = await claim(await create(agent), agent)
    expect([refused.status, refused.body.error.code]).toEqual([409, 'task.queue_paused'])
    expect(refused.retryAfter).toBeNull()
  })

  test('all places of the queue taken → task.not_admitted, and the task waits on', async () => {
    const agent = await newAgent()
    await cadre.client.queues.change(agent.queue, { concurrency_max: 1 })
    const first = await create(agent)
    await admitted(agent.queue, 1)
    expect((await claim(first, agent)).status).toBe(200)
    const second = await create(agent)
    const refused = await claim(second, agent)
    expect([refused.status, refused.body.error.code]).toEqual([409, 'task.not_admitted'])
    expect(await cadre.client.tasks.get(second)).toMatchObject({
      status: 'TODO',
      attempt: 0,
      waiting: { reason: 'concurrency_limit', limit: { of: 'queue', used: 1, max: 1 } },
    })
  })

  test('rate used up → task.rate_limited, and Retry-After says for how long', async () => {
    const agent = await newAgent()
    await cadre.client.queues.change(agent.queue, { rate_per_second: 0.01 })
    const first = await create(agent)
    await admitted(agent.queue, 1)
    expect((await claim(first, agent)).status).toBe(200)
    const refused = await claim(await create(agent), agent)
    expect([refused.status, refused.body.error.code]).toEqual([409, 'task.rate_limited'])
    expect(Number(refused.retryAfter)).toBeGreaterThan(50)
    expect(Number(refused.retryAfter)).toBeLessThanOrEqual(100)
  })

  test('a limit, but of a task for somebody else → told that, and nothing of the queue', async () => {
    const [agent, stranger] = [await newAgent(), await newAgent()]
    await cadre.client.queues.pause(agent.queue)
    const refused = await claim(await create(agent), stranger)
    expect([refused.status, refused.body.error.code]).toEqual([409, 'task.not_for_agent'])
  })
})

describe('an agent that is there', () => {
  const reasonOf = async (taskId: string) => (await cadre.client.tasks.get(taskId)).waiting?.reason

  test.each([
    ['asks for its queues at the broker', (id: string) => ['GET', `/agents/${id}/queues`] as const],
    [
      'reports on a task that is gone',
      (id: string) =>
        [
          'POST',
          `/agents/${id}/calls`,
          { calls: [{ call: 'claim', task_id: '00000000-0000-7000-8000-000000000000' }] },
        ] as const,
    ],
  ])('%s → its task no longer waits for a connection', async (_, request) => {
    const agent = await newAgent()
    const taskId = await create(agent)
    await admitted(agent.queue, 1)
    expect(await reasonOf(taskId)).toBe('agent_disconnected')
    const [method, path, body] = request(agent.id)
    expect((await call(method, path, body, agent.key)).status).toBe(200)
    await expect.poll(() => reasonOf(taskId), { timeout: 5_000 }).toBe('admitted')
  })
})

describe('who may', () => {
  const statusOf = async (role: string, method: string, path: string, body?: object) =>
    (await call(method, path, body, keyOf(role))).status

  test('viewers and developers read only; supervisors manage; agents do neither', async () => {
    const { id, queue } = await newAgent()
    for (const role of ['viewer', 'developer']) {
      expect(await statusOf(role, 'GET', '/queues')).toBe(200)
      expect(await statusOf(role, 'GET', `/queues/${queue}`)).toBe(200)
      expect(await statusOf(role, 'PATCH', `/queues/${queue}`, { concurrency_max: 1 })).toBe(403)
      expect(await statusOf(role, 'POST', `/queues/${queue}/pause`)).toBe(403)
      expect(await statusOf(role, 'POST', `/queues/${queue}/resume`)).toBe(403)
      expect(await statusOf(role, 'PATCH', `/agents/${id}`, { concurrency_max: 1 })).toBe(403)
    }
    expect(await statusOf('supervisor', 'PATCH', `/queues/${queue}`, { concurrency_max: 1 })).toBe(
      200,
    )
    expect(await statusOf('agent', 'GET', '/queues')).toBe(403)
    expect(await statusOf('agent', 'POST', `/queues/${queue}/pause`)).toBe(403)
  })

  test("the shared queue → changed by the platform's administrators only", async () => {
    expect(await statusOf('supervisor', 'GET', `/queues/${SHARED}`)).toBe(200)
    expect(await statusOf('supervisor', 'POST', `/queues/${SHARED}/pause`)).toBe(403)
    expect(await statusOf('supervisor', 'PATCH', `/queues/${SHARED}`, { concurrency_max: 1 })).toBe(
      403,
    )
    expect(await statusOf('other', 'GET', `/queues/${SHARED}`)).toBe(200)
    expect(await statusOf('other', 'POST', `/queues/${SHARED}/pause`)).toBe(403)
    expect(await statusOf('other', 'PATCH', `/queues/${SHARED}`, { rate_per_second: 1 })).toBe(403)
    expect((await cadre.client.queues.get(SHARED)).is_paused).toBe(false)
    expect((await cadre.client.queues.pause(SHARED)).is_paused).toBe(true)
    expect((await cadre.client.queues.resume(SHARED)).is_paused).toBe(false)
  })

  test("another tenant's queues → 404 whatever is asked, and not listed", async () => {
    const agent = await newAgent()
    await create(agent)
    const other = keyOf('other')
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { concurrency_max: 1 }],
      ['POST', '/pause', undefined],
      ['POST', '/resume', undefined],
    ] as const) {
      const answer = await call(method, `/queues/${agent.queue}${path}`, body, other)
      expect([answer.status, answer.body.error.code]).toEqual([404, 'queue.not_found'])
    }
    expect((await call('PATCH', `/agents/${agent.id}`, { concurrency_max: 1 }, other)).status).toBe(
      404,
    )
    const { items } = await cadre.clientOf(other).queues.list()
    expect(items.map(({ name }) => name)).toEqual([SHARED])
  })
})

describe('what makes no sense', () => {
  const BODIES: [name: string, body: unknown, field: string][] = [
    ['no places', { concurrency_max: 0 }, 'concurrency_max'],
    ['part of a place', { concurrency_max: 1.5 }, 'concurrency_max'],
    ['a text', { concurrency_max: '5' }, 'concurrency_max'],
    ['too many places', { concurrency_max: 1e300 }, 'concurrency_max'],
    ['less than none of a key', { concurrency_max_per_key: -1 }, 'concurrency_max_per_key'],
    ['no rate', { rate_per_second: 0 }, 'rate_per_second'],
    ['a rate below none', { rate_per_second: -2 }, 'rate_per_second'],
    ['an endless rate', { rate_per_second: 1e300 }, 'rate_per_second'],
    ['no burst', { rate_per_second: 1, rate_burst: 0 }, 'rate_burst'],
    ['a burst without a rate', { rate_burst: 2 }, 'rate_burst'],
    ['a pause that is no claim', { is_paused: 'yes' }, 'is_paused'],
    ['an unknown field', { concurency_max: 5 }, 'concurency_max'],
  ]
  test.each(BODIES)('change: %s → 422 that names the field', async (_, body, field) => {
    const { queue } = await newAgent()
    const { status, body: answer } = await call('PATCH', `/queues/${queue}`, body)
    expect({ status, field: answer.error?.details?.[0]?.field }).toEqual({ status: 422, field })
    expect((await cadre.client.queues.get(queue)).limits).toEqual(UNLIMITED)
  })

  test.each([
    ['no places', { concurrency_max: 0 }],
    ['nothing', {}],
  ])('change: an agent, %s → 422 that names the field', async (_, body) => {
    const { id } = await newAgent()
    const { status, body: answer } = await call('PATCH', `/agents/${id}`, body)
    expect([status, answer.error.details?.[0]?.field]).toEqual([422, 'concurrency_max'])
  })

  test.each([
    'nothing',
    'tasks.agent.nobody',
    'tasks.agent.00000000-0000-7000-8000-000000000000',
    'tasks.capability.',
    "tasks.wasm';--",
  ])('read, pause: the queue %s → queue.not_found', async (name) => {
    for (const answer of [
      await call('GET', `/queues/${name}`),
      await call('POST', `/queues/${name}/pause`),
    ])
      expect([answer.status, answer.body.error.code]).toEqual([404, 'queue.not_found'])
  })
})
