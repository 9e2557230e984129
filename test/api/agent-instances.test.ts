import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody, ReportInstance } from '@cadre/contract'
import { createCadre, startConsuming, type Consumer } from '../../packages/sdk/src/index.ts'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const OTHER_KEY = 'key-of-the-other-tenant-administrator'
const VIEWER_KEY = 'key-of-a-viewer-in-the-default-tenant'
const INSTANCE = '01a1fbb5-3321-7000-8415-85ba39036a3d'
const PROCESS = { name: 'worker-3:4711', transport: 'amqp', concurrency: 8, in_flight: 3 } as const

let cadre: RunningCadre
let vhost: TestVhost
let count = 0
const consumers: Consumer[] = []

beforeAll(async () => {
  vhost = await createTestVhost()
  cadre = await startCadre(
    {
      CADRE_DEMO_AGENTS: 'false',
      RABBITMQ_URL: vhost.url,
    },
    {
      principals: [
        { tenant: 'other', role: 'admin', key: OTHER_KEY },
        { tenant: 'default', role: 'viewer', key: VIEWER_KEY },
      ],
    },
  )
})
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
})
afterAll(async () => {
  await cadre.stop()
  await vhost.drop()
})

const newAgent = () => registerRemote(cadre.client, `remote-${(count += 1)}`)
const refusal = (key: string, method: string, path: string, body?: object) =>
  fetch(`${cadre.url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).then(async (answer) => [answer.status, ((await answer.json()) as ErrorBody).error.code])
const instancesOf = async (agent: { id: string }) =>
  (await cadre.client.agents.instances(agent.id)).items
const presenceOf = async (agent: { id: string }) =>
  (await cadre.client.agents.get(agent.id)).presence

describe('processes of an agent', () => {
  test('PUT → listed, taken together in the agent; DELETE → gone', async () => {
    const agent = await newAgent()
    expect(await presenceOf(agent)).toEqual({ instances: 0, in_flight: 0, concurrency: 0 })
    const own = cadre.clientOf(agent.key).agents
    expect(await own.reportInstance(agent.id, INSTANCE, PROCESS)).toEqual({
      next_report_seconds: 10,
    })
    expect(await instancesOf(agent)).toMatchObject([
      { id: INSTANCE, ...PROCESS, is_connected: true, last_heartbeat_at: expect.any(String) },
    ])
    expect(await presenceOf(agent)).toEqual({ instances: 1, in_flight: 3, concurrency: 8 })
    expect((await cadre.client.agents.get(agent.id)).last_seen_at).not.toBeNull()
    await own.removeInstance(agent.id, INSTANCE)
    await own.removeInstance(agent.id, INSTANCE)
    expect(await instancesOf(agent)).toEqual([])
  })

  test('comes and goes → the event log says so', async () => {
    const agent = await newAgent()
    const own = cadre.clientOf(agent.key).agents
    const events = await openEventStream(`${cadre.url}/api/v1/events?subject_id=${agent.id}`, {
      authorization: `Bearer ${cadre.key}`,
    })
    await own.reportInstance(agent.id, INSTANCE, PROCESS)
    await own.removeInstance(agent.id, INSTANCE)
    await events.waitFor(({ event }) => event === 'agent.disconnected')
    expect(events.messages.map(({ event }) => event)).toEqual([
      'agent.connected',
      'agent.disconnected',
    ])
    await events.close()
  })

  test('somebody else → refused: another agent, a viewer, another tenant', async () => {
    const [agent, another] = [await newAgent(), await newAgent()]
    const path = `/agents/${agent.id}/instances`
    const report = (key: string) => refusal(key, 'PUT', `${path}/${INSTANCE}`, PROCESS)
    expect(await report(another.key)).toEqual([403, 'access.forbidden'])
    expect(await report(VIEWER_KEY)).toEqual([403, 'access.forbidden'])
    expect(await report(OTHER_KEY)).toEqual([404, 'agent.not_found'])
    expect(await refusal(OTHER_KEY, 'GET', path)).toEqual([404, 'agent.not_found'])
    expect((await cadre.clientOf(VIEWER_KEY).agents.instances(agent.id)).items).toEqual([])
  })

  test('an agent that runs inside Cadre → has none to report', async () => {
    const wasm = await publishWasm(cadre.client, 'inside', ECHO)
    expect(wasm.presence).toBeNull()
    const path = `/agents/${wasm.id}/instances/${INSTANCE}`
    expect(await refusal(cadre.key, 'PUT', path, PROCESS)).toEqual([409, 'agent.not_remote'])
  })

  test.each([
    ['no name', { transport: 'http' }, 'name'],
    ['another transport', { name: 'x', transport: 'pigeon' }, 'transport'],
    ['less than nothing', { ...PROCESS, in_flight: -1 }, 'in_flight'],
  ])('PUT: %s → 422, names the field', async (_, body, field) => {
    const agent = await newAgent()
    const report = cadre
      .clientOf(agent.key)
      .agents.reportInstance(agent.id, INSTANCE, body as ReportInstance)
    await expect(report).rejects.toMatchObject({ status: 422, details: [{ field }] })
  })

  test('stream of a client that does not report itself → counts as a process until it closes', async () => {
    const agent = await newAgent()
    const stream = await openEventStream(
      `${cadre.url}/api/v1/agents/${agent.id}/stream?prefetch=4`,
      { authorization: `Bearer ${agent.key}`, 'user-agent': 'by hand' },
    )
    await expect
      .poll(() => instancesOf(agent))
      .toMatchObject([
        { name: 'by hand', transport: 'http', concurrency: 4, in_flight: null, is_connected: true },
      ])
    await stream.close()
    await expect.poll(() => instancesOf(agent)).toEqual([])
  })

  test.each([
    ['http', {}],
    ['amqp', { amqp: true }],
  ] as const)(
    'SDK over %s → its process, with what runs; gone when it stops',
    async (transport, { amqp }: { amqp?: boolean }) => {
      const agent = await newAgent()
      const gate = Promise.withResolvers<void>()
      const consumer = startConsuming(() => gate.promise, {
        cadre: createCadre({ url: cadre.url, key: agent.key }),
        concurrency: 5,
        processName: `worker over ${transport}`,
        ...(amqp ? { amqp: { url: vhost.url } } : {}),
      })
      consumers.push(consumer)
      await expect
        .poll(() => instancesOf(agent), { timeout: 10_000 })
        .toMatchObject([
          {
            name: `worker over ${transport}`,
            transport,
            concurrency: 5,
            in_flight: 0,
            is_connected: true,
          },
        ])
      const tasks = Array.from({ length: 2 }, () => ({ agent_id: agent.id }))
      await cadre.client.tasks.createBatch(tasks)
      await expect
        .poll(() => presenceOf(agent), { timeout: 10_000 })
        .toEqual({ instances: 1, in_flight: 2, concurrency: 5 })
      gate.resolve()
      await consumer.stop()
      expect(await instancesOf(agent)).toEqual([])
    },
  )
})
