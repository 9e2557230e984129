import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Waiting } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Why a task waits, as GET /tasks/:id says: each reason is there when it is the case, and gone
// when it is not.

const POLL = { timeout: 10_000, interval: 20 }
const NOBODY: Pick<Waiting, 'until' | 'limit'> = { until: null, limit: null }

let cadre: RunningCadre
let count = 0
beforeAll(async () => {
  // One task per queue is with the broker at a time: so the next one visibly waits its turn.
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false', CADRE_SCHEDULER_WINDOW: '1' })
})
afterAll(() => cadre.stop())

interface Agent {
  id: string
  key: string
  queue: string
}
const call = async (agent: Agent, method: string, path: string, body?: object) => {
  const response = await cadre.request(`/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${agent.key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect([response.status, path]).toEqual([200, path])
}
const newAgent = async (capabilities: string[] = []): Promise<Agent> => {
  const agent = await registerRemote(cadre.client, `waits-${(count += 1)}`, capabilities)
  return { id: agent.id, key: agent.key, queue: `tasks.agent.${agent.id}` }
}
const connect = (agent: Agent) => call(agent, 'GET', `/agents/${agent.id}/queues`)
/** Its tasks are taken as soon as they are admitted. */
const newConnectedAgent = async (): Promise<Agent> => {
  const agent = await newAgent()
  await connect(agent)
  return agent
}
const create = async (agent: Agent, more: object = {}) =>
  (await cadre.client.tasks.create({ agent_id: agent.id, ...more })).id
const waitingOf = async (taskId: string): Promise<Waiting | null> =>
  (await cadre.client.tasks.get(taskId)).waiting ?? null
const reasonOf = async (taskId: string) => (await waitingOf(taskId))?.reason ?? null
const becomes = (taskId: string, reason: Waiting['reason'] | null) =>
  expect.poll(() => reasonOf(taskId), POLL).toBe(reason)
const start = async (agent: Agent, taskId: string) => {
  await becomes(taskId, 'admitted')
  await call(agent, 'PUT', `/tasks/${taskId}/status`, {
    agent_id: agent.id,
    new_status: 'IN_PROGRESS',
  })
}
const end = (agent: Agent, taskId: string) =>
  call(agent, 'PUT', `/tasks/${taskId}/status`, { agent_id: agent.id, new_status: 'DONE' })
const fromNow = (at: string | null | undefined) => new Date(at ?? 0).getTime() - Date.now()

describe('waiting, and not any more', () => {
  test('queued → admitted, when the one before it was claimed', async () => {
    const agent = await newConnectedAgent()
    const first = await create(agent)
    await becomes(first, 'admitted')
    const second = await create(agent)
    const third = await create(agent)
    await becomes(third, 'queued')
    expect(await waitingOf(third)).toEqual({ reason: 'queued', ahead: 1, ...NOBODY })
    await start(agent, first)
    await becomes(second, 'admitted')
    expect(await waitingOf(third)).toEqual({ reason: 'queued', ahead: 0, ...NOBODY })
  })

  test('admitted → nothing, when it runs', async () => {
    const agent = await newConnectedAgent()
    const taskId = await create(agent)
    await becomes(taskId, 'admitted')
    await start(agent, taskId)
    expect(await waitingOf(taskId)).toBeNull()
    await end(agent, taskId)
    expect(await waitingOf(taskId)).toBeNull()
  })

  test('agent_disconnected → admitted, when the agent shows itself', async () => {
    const agent = await newAgent()
    const taskId = await create(agent)
    await becomes(taskId, 'agent_disconnected')
    await connect(agent)
    await becomes(taskId, 'admitted')
  })

  test('no_agent → admitted, when one offers the capability', async () => {
    const capability = 'wait.for.me'
    const { id } = await cadre.client.tasks.create({ capability })
    await becomes(id, 'no_agent')
    await connect(await newAgent([capability]))
    await becomes(id, 'admitted')
  })

  test('agent_disabled → admitted, when it is enabled', async () => {
    const agent = await newConnectedAgent()
    const taskId = await create(agent)
    await cadre.client.agents.disable(agent.id)
    await becomes(taskId, 'agent_disabled')
    await cadre.client.agents.enable(agent.id)
    await becomes(taskId, 'admitted')
  })

  test('queue_paused → admitted, when it is resumed, even of what was admitted before', async () => {
    const agent = await newConnectedAgent()
    const taskId = await create(agent)
    await becomes(taskId, 'admitted')
    await cadre.client.queues.pause(agent.queue)
    await becomes(taskId, 'queue_paused')
    await cadre.client.queues.resume(agent.queue)
    await becomes(taskId, 'admitted')
  })

  test('scheduled until its time → admitted then', async () => {
    const agent = await newConnectedAgent()
    const runAt = new Date(Date.now() + 1_000).toISOString()
    const taskId = await create(agent, { run_at: runAt })
    expect(await waitingOf(taskId)).toMatchObject({ reason: 'scheduled', until: runAt })
    await becomes(taskId, 'admitted')
    expect(fromNow(runAt)).toBeLessThanOrEqual(0)
  })

  test('backoff until its time → admitted then', async () => {
    const agent = await newConnectedAgent()
    const taskId = await create(agent, { backoff: { base_seconds: 1, cap_seconds: 1 } })
    await start(agent, taskId)
    await call(agent, 'POST', `/tasks/${taskId}/report-failure`, {
      agent_id: agent.id,
      error_message: 'not yet',
    })
    const waiting = await waitingOf(taskId)
    expect(waiting?.reason).toBe('backoff')
    expect(fromNow(waiting?.until)).toBeGreaterThan(0)
    await becomes(taskId, 'admitted')
    expect(fromNow(waiting?.until)).toBeLessThanOrEqual(0)
  })

  test('rate_limit until the rate lets it → admitted then', async () => {
    const agent = await newConnectedAgent()
    await cadre.client.queues.change(agent.queue, { rate_per_second: 0.5, rate_burst: 1 })
    const first = await create(agent)
    const second = await create(agent)
    await start(agent, first)
    await becomes(second, 'rate_limit')
    const waiting = await waitingOf(second)
    expect(fromNow(waiting?.until)).toBeGreaterThan(0)
    expect(fromNow(waiting?.until)).toBeLessThanOrEqual(2_000)
    await becomes(second, 'admitted')
    expect(fromNow(waiting?.until)).toBeLessThanOrEqual(0)
  })

  test.each([
    [
      'queue',
      (agent: Agent) => cadre.client.queues.change(agent.queue, { concurrency_max: 1 }),
      (agent: Agent) => agent.queue,
    ],
    [
      'agent',
      (agent: Agent) => cadre.client.agents.change(agent.id, { concurrency_max: 1 }),
      (agent: Agent) => agent.id,
    ],
    [
      'key',
      (agent: Agent) => cadre.client.queues.change(agent.queue, { concurrency_max_per_key: 1 }),
      () => 'account-7',
    ],
  ] as const)(
    'concurrency_limit of the %s, with what is used → admitted, when a place is free',
    async (of, limit, name) => {
      const agent = await newConnectedAgent()
      await limit(agent)
      const first = await create(agent, { concurrency_key: 'account-7' })
      const second = await create(agent, { concurrency_key: 'account-7' })
      await start(agent, first)
      await becomes(second, 'concurrency_limit')
      expect((await waitingOf(second))?.limit).toEqual({ of, name: name(agent), used: 1, max: 1 })
      await end(agent, first)
      await becomes(second, 'admitted')
    },
  )
})
