import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Task } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { taskCallsOf } from '../support/task-calls.ts'

let cadre: RunningCadre
let agentId: string
let rivalId: string
const { call, putStatus, reportFailure, claimed, retried, read } = taskCallsOf(() => ({
  cadre,
  agentId,
}))

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  agentId = (await registerRemote(cadre.client, 'holder', ['either'])).id
  rivalId = (await registerRemote(cadre.client, 'rival', ['either'])).id
})
afterAll(() => cadre.stop())

describe('claim', () => {
  test('claim: due task → IN_PROGRESS with its attempt and token', async () => {
    const task = await cadre.client.tasks.create({ agent_id: agentId })
    const { status, body } = await putStatus(task.id, {
      agent_id: agentId,
      new_status: 'IN_PROGRESS',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: task.id,
      status: 'IN_PROGRESS',
      attempt: 1,
      assigned_agent_id: agentId,
      attempt_token: expect.stringMatching(/^[0-9a-f-]{36}$/),
      waiting: null,
    })
    expect(new Date(body.lease_expires_at ?? 0).getTime()).toBeGreaterThan(Date.now() + 50_000)
    expect((await cadre.client.agents.get(agentId)).status).toBe('BUSY')
    expect(await read(task.id)).not.toHaveProperty('attempt_token')
    await putStatus(task.id, { agent_id: agentId, new_status: 'DONE' })
  })

  test('claim: camelCase aliases under /api → the same', async () => {
    const task = await cadre.client.tasks.create({ agent_id: agentId })
    const { status, body } = await putStatus(
      task.id,
      { agentId, newStatus: 'IN_PROGRESS', leaseSeconds: 10 },
      '/api',
    )
    expect(status).toBe(200)
    expect(body.status).toBe('IN_PROGRESS')
    const done = await putStatus(
      task.id,
      { agentId, newStatus: 'DONE', attemptToken: body.attempt_token, result: { answer: 42 } },
      '/api',
    )
    expect(done.body).toMatchObject({ status: 'DONE', result: { answer: 42 } })
  })

  test('claim: 20 clients at once → one holds it, the others get 409', async () => {
    const task = await cadre.client.tasks.create({ capability: 'either' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        putStatus(task.id, {
          agent_id: index % 2 === 0 ? agentId : rivalId,
          new_status: 'IN_PROGRESS',
        }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(19)
    expect((await read(task.id)).attempt).toBe(1)
  })

  test.each<[string, object, string]>([
    ['not due yet', { agent_id: 'holder', run_at: '2099-01-01T00:00:00Z' }, 'task.not_due'],
    ['for another agent', { agent_id: 'rival' }, 'task.not_for_agent'],
    ['capability it lacks', { capability: 'no.such' }, 'task.not_for_agent'],
  ])('claim: %s → 409', async (_case, task, code) => {
    const { id } = await cadre.client.tasks.create(task)
    const { status, body } = await putStatus(id, { agent_id: agentId, new_status: 'IN_PROGRESS' })
    expect({ status, code: body.error.code }).toEqual({ status: 409, code })
  })

  test('claim: unknown task → 404', async () => {
    const { status, body } = await putStatus('00000000-0000-4000-8000-000000000000', {
      agent_id: agentId,
      new_status: 'IN_PROGRESS',
    })
    expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'task.not_found' })
  })

  test.each<[string, object, string]>([
    ['no agent', { new_status: 'DONE' }, 'agent_id'],
    ['no status', { agent_id: 'holder' }, 'new_status'],
    ['a status nobody may set', { agent_id: 'holder', new_status: 'QUARANTINED' }, 'new_status'],
    [
      'a token that is none',
      { agent_id: 'holder', new_status: 'DONE', attempt_token: 'x' },
      'attempt_token',
    ],
    ['a misspelt alias', { agent_id: 'holder', newstatus: 'DONE' }, 'newstatus'],
  ])('status: %s → 422 names the field', async (_case, body, field) => {
    const task = await cadre.client.tasks.create({ agent_id: agentId })
    const answer = await putStatus(task.id, body)
    expect(answer.status).toBe(422)
    expect(answer.body.error.details?.map((detail) => detail.field)).toContain(field)
  })
})

describe('complete', () => {
  test('complete: holder with its token → DONE with result and cost', async () => {
    const own = await registerRemote(cadre.client, 'completes-alone')
    const { id } = await cadre.client.tasks.create({ agent_id: own.id })
    const claim = { agent_id: own.id, new_status: 'IN_PROGRESS' }
    const token = (await putStatus(id, claim)).body.attempt_token
    expect((await cadre.client.agents.get(own.id)).status).toBe('BUSY')
    const { body } = await putStatus(id, {
      agent_id: own.id,
      new_status: 'DONE',
      attempt_token: token,
      result: ['x'],
      cost: 0.25,
    })
    expect(body).toMatchObject({
      status: 'DONE',
      result: ['x'],
      cost: '0.250000',
      lease_expires_at: null,
    })
    expect(body.finished_at).not.toBeNull()
    expect(body).not.toHaveProperty('attempt_token')
    expect((await cadre.client.agents.get(own.id)).status).toBe('IDLE')
  })

  test('complete: holder without the token → DONE', async () => {
    const { id } = await claimed()
    expect((await putStatus(id, { agent_id: agentId, new_status: 'DONE' })).body.status).toBe(
      'DONE',
    )
  })

  test('complete: due task that nobody holds → claim and completion in one; a second gets 409', async () => {
    const task = await cadre.client.tasks.create({ capability: 'either' })
    const done = await putStatus(task.id, { agent_id: agentId, new_status: 'DONE', result: 1 })
    expect(done).toMatchObject({ status: 200, body: { status: 'DONE', attempt: 1, result: 1 } })
    const second = await putStatus(task.id, { agent_id: rivalId, new_status: 'DONE', result: 2 })
    expect(second).toMatchObject({
      status: 409,
      body: { error: { code: 'task.already_finished' } },
    })
    expect((await read(task.id)).result).toBe(1)
    expect((await cadre.client.tasks.attempts(task.id)).items).toHaveLength(1)
  })

  test('complete: 20 simplest agents at once → one wins, one attempt', async () => {
    const task = await cadre.client.tasks.create({ capability: 'either' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        putStatus(task.id, {
          agent_id: index % 2 === 0 ? agentId : rivalId,
          new_status: 'DONE',
          result: index,
        }),
      ),
    )
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
    expect((await read(task.id)).result).toBe(winners[0]?.body.result)
    expect((await cadre.client.tasks.attempts(task.id)).items).toHaveLength(1)
  })

  test('complete: task held by another agent → 409 and nothing changes', async () => {
    const { id, token } = await claimed({ agent_id: undefined, capability: 'either' })
    for (const attempt_token of [undefined, token]) {
      const body = { agent_id: rivalId, new_status: 'DONE', attempt_token, result: 'stolen' }
      expect((await putStatus(id, body)).status).toBe(409)
    }
    expect(await read(id)).toMatchObject({ status: 'IN_PROGRESS', result: null })
    await putStatus(id, { agent_id: agentId, new_status: 'DONE' })
  })
})

describe('fencing', () => {
  test('report with a token of an earlier attempt → 409 and nothing changes, on every route', async () => {
    const { id, token } = await claimed({ backoff: { base_seconds: 0 } })
    await reportFailure(id, { agent_id: agentId, error_message: 'first' })
    const present = await retried(id)
    const before = await read(id)
    const stale = { agent_id: agentId, attempt_token: token }
    const path = `/api/v1/tasks/${id}`
    const answers = await Promise.all([
      putStatus(id, { ...stale, new_status: 'DONE', result: 'late' }),
      reportFailure(id, { ...stale, error_message: 'late' }),
      call('POST', `${path}/heartbeat`, stale),
      call('POST', `${path}/progress`, { ...stale, fraction: 0.9 }),
    ])
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual(
      Array.from({ length: 4 }, () => [409, 'task.lease_lost']),
    )
    expect(await read(id)).toEqual(before)
    expect(
      (await putStatus(id, { agent_id: agentId, attempt_token: present, new_status: 'DONE' }))
        .status,
    ).toBe(200)
  })

  test('duplicate completion with the right token → 409 and the first result stays', async () => {
    const { id, token } = await claimed()
    const report = { agent_id: agentId, attempt_token: token, new_status: 'DONE' }
    await putStatus(id, { ...report, result: 'first' })
    expect((await putStatus(id, { ...report, result: 'second' })).status).toBe(409)
    expect((await read(id)).result).toBe('first')
  })

  test('complete, fail and cancel at once, 30 times → exactly one counts', async () => {
    for (let round = 0; round < 30; round++) {
      const { id, token } = await claimed({ max_retries: 1 })
      const report = { agent_id: agentId, attempt_token: token }
      const answers = await Promise.all([
        putStatus(id, { ...report, new_status: 'DONE' }),
        reportFailure(id, { ...report, error_message: 'broken' }),
        call('POST', `/api/v1/tasks/${id}/cancel`, {}),
      ])
      const { status } = await read(id)
      const winner = answers.findIndex((answer) => answer.status === 200)
      // A cancellation may follow a failure: quarantined tasks can be cancelled.
      const expected = answers[2].status === 200 ? 'CANCELLED' : ['DONE', 'QUARANTINED'][winner]
      expect(status).toBe(expected)
      expect(answers[0].status === 200 && answers[1].status === 200).toBe(false)
      const { items } = await cadre.client.tasks.attempts(id)
      expect(items.map((attempt) => attempt.outcome)).not.toContain('running')
      expect(items).toHaveLength(1)
    }
  })

  test('lease that ran out → re-queued by the reaper, and the zombie gets 409', async () => {
    const task = await cadre.client.tasks.create({
      agent_id: agentId,
      backoff: { base_seconds: 0 },
    })
    const { body } = await putStatus(task.id, {
      agent_id: agentId,
      new_status: 'IN_PROGRESS',
      lease_seconds: 1,
    })
    await expect
      .poll(() => read(task.id).then(({ status }) => status), { timeout: 10_000 })
      .toBe('TODO')
    const late = { agent_id: agentId, attempt_token: body.attempt_token, new_status: 'DONE' }
    expect((await putStatus(task.id, late)).status).toBe(409)
    const { items } = await cadre.client.tasks.attempts(task.id)
    expect(items).toMatchObject([{ attempt: 1, outcome: 'lost' }])
  })

  test('heartbeat → prolongs the lease', async () => {
    const { id, token } = await claimed()
    const before = await read(id)
    const { status, body } = await call('POST', `/api/v1/tasks/${id}/heartbeat`, {
      agentId,
      attemptToken: token,
      leaseSeconds: 600,
    })
    expect(status).toBe(200)
    expect(new Date(body.lease_expires_at ?? 0).getTime()).toBeGreaterThan(
      new Date(before.lease_expires_at ?? 0).getTime() + 400_000,
    )
    expect((await read(id)).lease_expires_at).toBe(body.lease_expires_at)
  })

  test('progress → shown with the task', async () => {
    const { id } = await claimed()
    await cadre.client.tasks.progress(id, { agent_id: agentId, fraction: 0.5, message: 'half' })
    expect((await read(id)).progress).toEqual({ fraction: 0.5, message: 'half' })
  })
})
describe('cancel and history', () => {
  test('cancel: waiting task → CANCELLED, and claiming it → 409', async () => {
    const task = await cadre.client.tasks.create({ agent_id: agentId })
    expect(await cadre.client.tasks.cancel(task.id, 'not needed')).toMatchObject({
      status: 'CANCELLED',
    })
    expect(
      (await putStatus(task.id, { agent_id: agentId, new_status: 'IN_PROGRESS' })).status,
    ).toBe(409)
    await expect(cadre.client.tasks.cancel(task.id)).rejects.toMatchObject({ status: 409 })
  })

  test('cancel: without a body → CANCELLED', async () => {
    const task = await cadre.client.tasks.create({ agent_id: agentId })
    const response = await cadre.request(`/api/v1/tasks/${task.id}/cancel`, { method: 'POST' })
    expect(response.status).toBe(200)
    expect(((await response.json()) as Task).status).toBe('CANCELLED')
  })

  test('events: every change of a task, in order', async () => {
    const { id } = await claimed({ backoff: { base_seconds: 0 } })
    await reportFailure(id, { agent_id: agentId, error_message: 'once' })
    const token = await retried(id)
    await putStatus(id, { agent_id: agentId, new_status: 'DONE', attempt_token: token })
    const { items } = await cadre.client.tasks.events(id)
    expect(items.map((event) => event.type)).toEqual([
      'task.created',
      'task.claimed',
      'task.retried',
      'task.claimed',
      'task.completed',
    ])
    expect(items.every((event) => event.subject_id === id)).toBe(true)
  })

  test('claim-task: → 410 names what replaced it', async () => {
    for (const prefix of ['/api', '/api/v1']) {
      const { status, body } = await call('POST', `${prefix}/agents/${agentId}/claim-task`, {})
      expect(status).toBe(410)
      expect(body.error.message).toContain('/stream')
      expect(body.error.message).toContain('/status')
    }
  })
})
