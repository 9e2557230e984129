import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Attempt } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { taskCallsOf } from '../support/task-calls.ts'

let cadre: RunningCadre
let agentId: string
let rivalId: string
const { putStatus, reportFailure, claimed, retried, read } = taskCallsOf(() => ({
  cadre,
  agentId,
}))

beforeAll(async () => {
  cadre = await startCadreOnPostgres({ CADRE_DEMO_AGENTS: 'false' })
  agentId = (await registerRemote(cadre.client, 'holder')).id
  rivalId = (await registerRemote(cadre.client, 'rival')).id
})
afterAll(async () => {
  await cadre.stop()
})

test.each([
  ['/api/v1', 'agent_id', 'error_message'],
  ['/api', 'agentId', 'errorMessage'],
])(
  'failure: %s with %s → TODO, unassigned, retry_count 1, error kept, agent IDLE',
  async (prefix, agent, error) => {
    const own = await registerRemote(cadre.client, `fails-${agent.replace('_', '-').toLowerCase()}`)
    const { id } = await cadre.client.tasks.create({ agent_id: own.id })
    await putStatus(id, { agent_id: own.id, new_status: 'IN_PROGRESS' })
    const { status, body } = await reportFailure(
      id,
      { [agent]: own.id, [error]: 'it broke' },
      prefix,
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'TODO',
      retry_count: 1,
      assigned_agent_id: null,
      last_error: 'it broke',
      last_error_category: 'retriable',
      lease_expires_at: null,
    })
    expect(body.waiting).toMatchObject({ reason: 'backoff', until: body.run_at })
    expect(await cadre.client.agents.get(own.id)).toMatchObject({
      status: 'IDLE',
      last_error: 'it broke',
    })
  },
)

test('failure: backoff doubles from base to cap, jittered within [half, whole]', async () => {
  // A base that is small enough to wait for: 20, 40, 80, then the cap of 100 milliseconds.
  const { id } = await claimed({
    max_retries: 100,
    backoff: { base_seconds: 0.02, cap_seconds: 0.1 },
  })
  for (const wholeMs of [20, 40, 80, 100, 100]) {
    const sentAt = Date.now()
    const { body } = await reportFailure(id, { agent_id: agentId, error_message: 'again' })
    const dueMs = new Date(body.run_at).getTime()
    expect(dueMs).toBeGreaterThanOrEqual(sentAt + wholeMs / 2 - 1)
    expect(dueMs).toBeLessThanOrEqual(Date.now() + wholeMs)
    await expect
      .poll(() => putStatus(id, { agent_id: agentId, new_status: 'IN_PROGRESS' }), {
        interval: 10,
      })
      .toMatchObject({ status: 200 })
  }
})

test('failure: defaults → first wait between 2.5 and 5 s, second up to 10 s', async () => {
  const { id } = await claimed()
  const { body } = await reportFailure(id, { agent_id: agentId, error_message: 'x' })
  const waitMs = new Date(body.run_at).getTime() - new Date(body.updated_at).getTime()
  expect(waitMs).toBeGreaterThanOrEqual(2_500)
  expect(waitMs).toBeLessThanOrEqual(5_000)
})

test('failure: at max_retries → QUARANTINED with every attempt kept', async () => {
  const { id } = await claimed({ max_retries: 3, backoff: { base_seconds: 0 } })
  const statuses: string[] = []
  for (let round = 0; round < 3; round++) {
    if (round > 0) await retried(id)
    const { body } = await reportFailure(id, {
      agent_id: agentId,
      error_message: `failure ${round} at 0x${round}f`,
      cost: '0.10',
    })
    statuses.push(`${body.status} ${body.retry_count}`)
  }
  expect(statuses).toEqual(['TODO 1', 'TODO 2', 'QUARANTINED 3'])
  const { items } = await cadre.client.tasks.attempts(id)
  expect(items).toHaveLength(3)
  for (const [index, attempt] of items.entries())
    expect(attempt).toMatchObject({
      attempt: index + 1,
      agent_id: agentId,
      agent_name: 'holder',
      outcome: 'failed',
      category: 'retriable',
      error: `failure ${index} at 0x${index}f`,
      cost: '0.100000',
      fingerprint: expect.any(String),
    } satisfies Partial<Record<keyof Attempt, unknown>>)
  expect(await read(id)).toMatchObject({ status: 'QUARANTINED', cost: '0.300000' })
  const late = await putStatus(id, { agent_id: agentId, new_status: 'DONE' })
  expect(late).toMatchObject({ status: 409, body: { error: { code: 'task.quarantined' } } })
})

test.each(['permanent', 'sandbox_violation', 'budget_exceeded'])(
  'failure: category %s → QUARANTINED at once',
  async (category) => {
    const { id } = await claimed()
    const { body } = await reportFailure(id, {
      agent_id: agentId,
      error_message: 'hopeless',
      category,
    })
    expect(body).toMatchObject({ status: 'QUARANTINED', last_error_category: category })
  },
)

test('failure: rate_limited with retry_after → not due before', async () => {
  const { id } = await claimed({ backoff: { base_seconds: 0 } })
  const sentAt = Date.now()
  const { body } = await reportFailure(id, {
    agentId,
    errorMessage: 'slow down',
    category: 'rate_limited',
    retryAfterSeconds: 120,
  })
  expect(new Date(body.run_at).getTime()).toBeGreaterThanOrEqual(sentAt + 120_000)
})

test('failure: timeout → counted and due again', async () => {
  const { id } = await claimed()
  const { body } = await reportFailure(id, {
    agent_id: agentId,
    error_message: 'took too long',
    category: 'timeout',
  })
  expect(body).toMatchObject({ status: 'TODO', last_error_category: 'timeout' })
})

test('failure: agent that does not hold the task → 404', async () => {
  const { id } = await claimed()
  const other = await reportFailure(id, { agent_id: rivalId, error_message: 'x' })
  expect(other).toMatchObject({ status: 404, body: { error: { code: 'task.not_holder' } } })
  const waiting = await cadre.client.tasks.create({ agent_id: agentId })
  expect((await reportFailure(waiting.id, { agent_id: agentId, error_message: 'x' })).status).toBe(
    404,
  )
  expect((await reportFailure(id, { agent_id: 'nobody', error_message: 'x' })).status).toBe(404)
})

test.each<[object, string]>([
  [{ agent_id: 'holder' }, 'error_message'],
  [{ agent_id: 'holder', error_message: '' }, 'error_message'],
  [{ agent_id: 'holder', error_message: 'x', category: 'odd' }, 'category'],
  [{ error_message: 'x' }, 'agent_id'],
])('failure: %j → 422 names %s', async (body, field) => {
  const { id } = await claimed()
  const answer = await reportFailure(id, body)
  expect(answer.status).toBe(422)
  expect(answer.body.error.details?.[0]?.field).toBe(field)
})
