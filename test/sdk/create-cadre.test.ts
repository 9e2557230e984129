import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CadreError, CadreUnreachableError, createCadre } from '../../packages/sdk/src/index.ts'
import { AGENT_ID, FakeCadre, refuse } from '../support/fake-cadre.ts'

let fake: FakeCadre
beforeEach(async () => {
  fake = await FakeCadre.start()
})
afterEach(() => fake[Symbol.asyncDispose]())

describe('requests that may be repeated', () => {
  test('503 with Retry-After → asked again, and answered', async () => {
    refuseOnce(503)
    await expect(client().agents.get('echo')).resolves.toMatchObject({ name: 'echo' })
    expect(fake.requests).toHaveLength(2)
  })

  test('429 for longer than anybody waits → handed to the caller', async () => {
    fake.intercept = (_, response) => {
      response.setHeader('retry-after', '3600')
      refuse(response, 429, 'limited', 'Slow down.')
      return true
    }
    await expect(client().agents.get('echo')).rejects.toMatchObject({ status: 429 })
    expect(fake.requests).toHaveLength(1)
  })

  test('create: answer lost → repeated with the same key, one task', async () => {
    fake.losesAnswer = () => fake.requests.length === 1
    const task = await client().tasks.create({ agent_id: 'echo', input: 'x' })
    expect(fake.requests).toHaveLength(2)
    expect([...fake.tasks.keys()]).toEqual([task.id])
    expect(task.idempotency_key).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('create: an idempotency key of the caller is kept', async () => {
    const task = await client().tasks.create({ agent_id: 'echo', idempotency_key: 'mine' })
    expect(task.idempotency_key).toBe('mine')
  })
})

describe('requests that must not be repeated', () => {
  test('claim: 503 → handed to the caller', async () => {
    refuseOnce(503)
    const claim = client().tasks.updateStatus(fake.addTask().id, {
      agent_id: AGENT_ID,
      new_status: 'IN_PROGRESS',
    })
    await expect(claim).rejects.toMatchObject({ status: 503 })
    expect(fake.requests).toHaveLength(1)
  })

  test('refusal → CadreError with code and request id, at once', async () => {
    const error = await client()
      .tasks.get('unknown')
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(CadreError)
    expect(error).toMatchObject({ status: 404, code: 'task.not_found', requestId: 'request-1' })
  })
})

describe('no answer', () => {
  test('nobody listens → CadreUnreachableError that names the address', async () => {
    const { url } = fake
    await fake[Symbol.asyncDispose]()
    const call = createCadre({ url, key: 'k', attemptsMax: 2 }).agents.get('echo')
    await expect(call).rejects.toThrow(CadreUnreachableError)
    await expect(call).rejects.toThrow(url)
    fake = await FakeCadre.start()
  })

  test('server holds the request → given up after the time-out', async () => {
    fake.intercept = () => true
    const call = createCadre({ url: fake.url, key: 'k', timeoutMs: 50, attemptsMax: 1 }).agents.get(
      'echo',
    )
    await expect(call).rejects.toThrow('within 0.05 s')
  })
})

const client = () => createCadre({ url: fake.url, key: fake.key })

const refuseOnce = (status: number) => {
  fake.intercept = (_, response) => {
    if (fake.requests.length > 1) return false
    response.setHeader('retry-after', '0')
    refuse(response, status, 'unavailable', 'Not now.')
    return true
  }
}
