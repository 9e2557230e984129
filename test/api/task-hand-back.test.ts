import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClaimedTask, ErrorBody } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let agentId: string
let rivalId: string

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  agentId = (await registerRemote(cadre.client, 'holder', [])).id
  rivalId = (await registerRemote(cadre.client, 'rival', [])).id
})
afterAll(() => cadre.stop())

const putStatus = async (id: string, body: unknown) => {
  const response = await cadre.request(`/api/v1/tasks/${id}/status`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as ClaimedTask & ErrorBody }
}
const claim = async (id: string) => {
  const { body } = await putStatus(id, { agent_id: agentId, new_status: 'IN_PROGRESS' })
  return body.attempt_token ?? ''
}
const claimed = async () => {
  const { id } = await cadre.client.tasks.create({ agent_id: agentId, max_retries: 1 })
  return { id, token: await claim(id) }
}
const handBack = (id: string, token: string | undefined, more: object = {}) =>
  putStatus(id, { agent_id: agentId, new_status: 'TODO', attempt_token: token, ...more })

describe('hand back', () => {
  test('hand back: held task → due at once, no retry counted, its cost kept', async () => {
    const { id, token } = await claimed()
    const { status, body } = await handBack(id, token, { cost: '0.25' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'TODO',
      retry_count: 0,
      assigned_agent_id: null,
      cost: '0.250000',
    })
    expect((await cadre.client.tasks.attempts(id)).items).toMatchObject([
      { attempt: 1, outcome: 'lost' },
    ])
    const second = await claim(id)
    const done = { agent_id: agentId, new_status: 'DONE', attempt_token: second }
    expect((await putStatus(id, done)).body).toMatchObject({ status: 'DONE', attempt: 2 })
  })

  test('hand back: again and again → never quarantined', async () => {
    const { id, token } = await claimed()
    await handBack(id, token)
    for (let round = 0; round < 5; round += 1) await handBack(id, await claim(id))
    expect(await cadre.client.tasks.get(id)).toMatchObject({ status: 'TODO', retry_count: 0 })
  })

  test.each([
    ['without the token', { attempt_token: undefined }, 422, 'request.invalid'],
    ['with a result', { result: 1 }, 422, 'request.invalid'],
    ['with a lease', { lease_seconds: 5 }, 422, 'request.invalid'],
    [
      'with the token of another claim',
      { attempt_token: '00000000-0000-4000-8000-000000000000' },
      409,
      'task.lease_lost',
    ],
  ])('hand back: %s → refused, the claim stands', async (_, fields, status, code) => {
    const { id, token } = await claimed()
    const answer = await handBack(id, token, fields)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect((await cadre.client.tasks.get(id)).status).toBe('IN_PROGRESS')
  })

  test("hand back: another agent's claim → refused, the claim stands", async () => {
    const { id, token } = await claimed()
    const answer = await handBack(id, token, { agent_id: rivalId })
    expect(answer.status).toBe(409)
    expect((await cadre.client.tasks.get(id)).status).toBe('IN_PROGRESS')
  })

  test('hand back: twice → the second is stale', async () => {
    const { id, token } = await claimed()
    await handBack(id, token)
    expect((await handBack(id, token)).body.error.code).toBe('task.lease_lost')
  })
})
