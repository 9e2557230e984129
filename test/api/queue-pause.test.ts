import { startConsuming, type Consumer } from '@cadre/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts'
import { inbox, signal, type Inbox } from '../support/signals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Pausing a queue stops what the broker holds already, on the servers themselves.

const TASKS = 3
const POLL = { timeout: 20_000, interval: 50 }
/** How a consumer comes by its tasks, at which broker. */
const WAYS = [
  { broker: 'postgres', way: 'http' },
  { broker: 'rabbitmq', way: 'http' },
  { broker: 'rabbitmq', way: 'amqp' },
] as const

describe.each(WAYS)('queue paused, on $broker with a consumer over $way', ({ broker, way }) => {
  let database: TestDatabase
  let db: Db
  let vhost: TestVhost | null = null
  let cadre: RunningCadre
  const consumers: Consumer[] = []
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
    db = await database.open()
    if (broker === 'rabbitmq') vhost = await createTestVhost()
    cadre = await startCadre({
      CADRE_DATABASE_URL: database.url ?? '',
      CADRE_DEMO_AGENTS: 'false',
      ...(vhost === null ? {} : { RABBITMQ_URL: vhost.url }),
    })
  })
  afterEach(async () => {
    for (const consumer of consumers.splice(0)) await consumer.stop()
  })
  afterAll(async () => {
    await cadre.stop()
    await vhost?.drop()
    await database.drop()
  })

  const newAgent = async (name: string) => {
    const agent = await registerRemote(cadre.client, name)
    const queue = `tasks.agent.${agent.id}`
    const [atBroker] = (await cadre.clientOf(agent.key).agents.queues(agent.id)).queues
    return { ...agent, queue, atBroker: String(atBroker) }
  }
  type TestAgent = Awaited<ReturnType<typeof newAgent>>
  const create = async (agent: TestAgent) => {
    const tasks = Array.from({ length: TASKS }, () => ({ agent_id: agent.id }))
    return (await cadre.client.tasks.createBatch(tasks)).items.map(({ id }) => id)
  }
  /** Messages that the broker keeps, delivered ones included. */
  const held = async (agent: TestAgent): Promise<number> => {
    if (vhost !== null)
      return (await vhost.management.queue(vhost.name, agent.atBroker))?.messages ?? 0
    const rows = await db.query('select 1 from broker_messages where queue = $1', [agent.queue])
    return rows.length
  }
  const holds = (agent: TestAgent, messages: number) =>
    expect.poll(() => held(agent), POLL).toBe(messages)
  const consume = (agent: TestAgent, started: Inbox<string>, work = async () => {}) => {
    const consumer = startConsuming(
      async ({ id }) => {
        started.put(id)
        await work()
      },
      {
        url: cadre.url,
        key: agent.key,
        agentId: agent.id,
        concurrency: 1,
        ...(way === 'amqp' && vhost !== null ? { amqp: { url: vhost.url } } : {}),
      },
    )
    consumers.push(consumer)
  }
  const statusesOf = async (ids: readonly string[]) =>
    Promise.all(
      ids.map(async (id) => {
        const { status, attempt, waiting } = await cadre.client.tasks.get(id)
        return { status, attempt, reason: waiting?.reason ?? null }
      }),
    )

  test(
    'before a consumer came → what the broker holds starts nothing; resumed → each runs once',
    { timeout: 60_000 },
    async () => {
      const agent = await newAgent('late')
      const ids = await create(agent)
      await holds(agent, TASKS)
      await cadre.client.queues.pause(agent.queue)
      const started = inbox<string>()
      consume(agent, started)
      await holds(agent, 0)
      expect(started.items).toEqual([])
      const paused = { status: 'TODO', attempt: 0, reason: 'queue_paused' }
      expect(await statusesOf(ids)).toEqual(ids.map(() => paused))
      await cadre.client.queues.resume(agent.queue)
      await started.count(TASKS)
      const done = { status: 'DONE', attempt: 1, reason: null }
      await expect.poll(() => statusesOf(ids), POLL).toEqual(ids.map(() => done))
      expect(started.items.toSorted()).toEqual(ids.toSorted())
    },
  )

  test(
    'while one runs → it goes on to its end, and the next, delivered already, does not start',
    { timeout: 60_000 },
    async () => {
      const agent = await newAgent('busy')
      const started = inbox<string>()
      const mayEnd = signal()
      consume(agent, started, () => mayEnd.promise)
      const ids = await create(agent)
      await started.count(1)
      await expect
        .poll(async () => (await cadre.client.queues.get(agent.queue)).admitted, POLL)
        .toBe(TASKS - 1)
      await cadre.client.queues.pause(agent.queue)
      mayEnd.fire()
      await holds(agent, 0)
      const [first] = started.items
      await expect
        .poll(async () => (await cadre.client.tasks.get(String(first))).status, POLL)
        .toBe('DONE')
      expect(started.items).toEqual([first])
      await cadre.client.queues.resume(agent.queue)
      await started.count(TASKS)
      expect(started.items.toSorted()).toEqual(ids.toSorted())
    },
  )
})
