import type { Health } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { doorTo, type Door } from '../support/postgres-faults.ts'
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { AUTHORITY_FILE, tlsDoorTo } from '../support/tls-door.ts'

const HEALTH_MS_MAX = 20_000

let vhost: TestVhost
let user: Awaited<ReturnType<TestVhost['newUser']>>
let cadre: RunningCadre
let door: Door
beforeAll(async () => {
  vhost = await createTestVhost()
  user = await vhost.newUser()
  door = await doorTo(user.url)
  cadre = await startCadre({ RABBITMQ_URL: door.url, CADRE_DEMO_AGENTS: 'false' })
})
afterAll(async () => {
  await cadre.stop()
  await door.close()
  await vhost.drop()
})

const broker = async () => {
  const answer = await cadre.request('/health')
  const { status, components } = (await answer.json()) as Health
  return { answered: answer.status, status, ...components['broker'], latency_ms: 0 }
}

const metrics = async () => (await cadre.request('/metrics')).text()

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
    expect(await metrics()).toContain('cadre_broker_stalled_queues 1')
    await user.permit('.*')
    await expect
      .poll(broker, { timeout: HEALTH_MS_MAX })
      .toMatchObject({ answered: 200, status: 'healthy' })
  },
)

test(
  'GET /health and GET /metrics: the broker is away → its circuit is open; back → closed',
  { timeout: 60_000 },
  async () => {
    const closed = 'cadre_circuit_state{circuit="broker:rabbitmq",state="closed"}'
    expect(await metrics()).toContain(`${closed} 1`)
    door.shut()
    await expect.poll(broker, { timeout: HEALTH_MS_MAX }).toMatchObject({
      answered: 503,
      detail: expect.stringMatching(/^circuit (?:half-)?open; RabbitMQ cannot be reached since/),
    })
    expect(await metrics()).toContain(`${closed} 0`)
    door.open()
    await expect.poll(broker, { timeout: HEALTH_MS_MAX }).toMatchObject({ answered: 200 })
    expect(await metrics()).toContain(`${closed} 1`)
  },
)

test('RABBITMQ_URL with TLS and RABBITMQ_CA_FILE → healthy', async () => {
  const tlsDoor = await tlsDoorTo(vhost.url)
  const encrypted = await startCadre({
    RABBITMQ_URL: tlsDoor.url,
    RABBITMQ_CA_FILE: AUTHORITY_FILE,
    CADRE_DEMO_AGENTS: 'false',
  })
  try {
    const { components } = (await (await encrypted.request('/health')).json()) as Health
    expect(components['broker']).toMatchObject({
      status: 'healthy',
      detail: expect.stringContaining('RabbitMQ'),
    })
  } finally {
    await encrypted.stop()
    await tlsDoor.close()
  }
})
