import type { Health } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const HEALTH_MS_MAX = 20_000

let vhost: TestVhost
let user: Awaited<ReturnType<TestVhost['newUser']>>
let cadre: RunningCadre
beforeAll(async () => {
  vhost = await createTestVhost()
  user = await vhost.newUser()
  cadre = await startCadre({ RABBITMQ_URL: user.url, CADRE_DEMO_AGENTS: 'false' })
})
afterAll(async () => {
  await cadre.stop()
  await vhost.drop()
})

const broker = async () => {
  const answer = await cadre.request('/health')
  const { status, components } = (await answer.json()) as Health
  return { answered: answer.status, status, ...components['broker'], latency_ms: 0 }
}

test(
  'GET /health: the worker of a queue consumes no more → 503, names the queue; again → 200',
  { timeout: 60_000 },
  async () => {
    expect(await broker()).toMatchObject({ answered: 200, status: 'healthy' })
    await user.permit('cadre.*')
    await vhost.management.deleteQueue(vhost.name, 'tasks.wasm')
    await expect.poll(broker, { timeout: HEALTH_MS_MAX }).toMatchObject({
      answered: 503,
      status: 'unhealthy',
      detail: expect.stringMatching(/not consumed: tasks\.wasm since \d{4}-/),
    })
    await user.permit('.*')
    await expect
      .poll(broker, { timeout: HEALTH_MS_MAX })
      .toMatchObject({ answered: 200, status: 'healthy' })
  },
)
