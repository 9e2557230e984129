import type { TaskId } from '@cadre/contract'
import { CreateTask } from '@cadre/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { agentQueue, type AgentRecord } from '#features/agents/index.ts'
import type { Message } from '#platform/broker/broker.ts'
import type { Db } from '#platform/db/db.ts'
import { UNPUBLISHED_MS, unadmitOverdue } from '#platform/outbox/outbox-store.ts'
import { lockSettings, NO_LIMITS, writeSettings } from '#platform/outbox/queue-store.ts'
import { createIds } from '#platform/ids.ts'
import { manualClock, systemClock } from '#platform/clock.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { systemRandom } from '#platform/random.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, type Engine } from '../../../test/support/engine.ts'
import { inbox, type Inbox } from '../../../test/support/signals.ts'
import { createPromptDispatch } from './prompt-dispatch.ts'
import { createTaskPublisher } from './task-publisher.ts'

const WINDOW = 5
const REST_SECONDS = 1
const LOWEST_TENANT = '00000000-0000-7000-8000-000000000000'
const HIGHEST_TENANT = 'ffffffff-ffff-7fff-bfff-ffffffffffff'

// No scheduler runs here: what is published was admitted as it was created.
describe.each(DIALECTS)('work admitted as it is created on %s', (dialect) => {
  const clock = manualClock()
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let agent: AgentRecord
  let published: Inbox<Message>
  let publish: (messages: readonly Message[]) => Promise<void>
  const faults = inbox<unknown>()
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    const publisher = createTaskPublisher({
      db,
      clock,
      ids: createIds(systemClock, systemRandom),
      broker: { publish: (messages) => publish(messages) },
      metrics: createMetrics(),
      retrySeconds: REST_SECONDS,
    })
    const dispatch = createPromptDispatch({
      clock,
      publisher,
      windowPerQueue: WINDOW,
      restSeconds: REST_SECONDS,
      onFault: faults.put,
    })
    engine = await createEngine({ db, clock, dispatch })
  })
  beforeEach(async () => {
    published = inbox()
    publish = async (messages) => messages.forEach(published.put)
    agent = await engine.newAgent()
  })
  afterEach(async () => {
    await db.query('delete from outbox')
    await db.query('delete from queues')
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const stateOf = async (taskId: TaskId) => {
    const [row] = await db.query<{ state: string; available_at: Date }>(
      'select state, available_at from outbox where task_id = $1',
      [taskId],
    )
    return row
  }
  const later = (ms: number) => new Date(clock.now().getTime() + ms)
  const publishedTasks = () => published.items.map(({ headers }) => headers.task_id)
  const batch = (requests: object[]) =>
    engine.creation.createBatch(
      engine.owner,
      requests.map((request) => CreateTask.parse({ agent_id: agent.id, ...request })),
    )

  test('due, room, nobody before it → published at once, addressed, kept for a while', async () => {
    const { id } = await engine.newTask(agent, { priority: 'high' })
    expect(published.items).toMatchObject([
      {
        queue: agentQueue(agent),
        level: 6,
        expiresAt: later(UNPUBLISHED_MS),
        headers: { task_id: id, priority: 'high', attempt: 1, agent_id: agent.id },
      },
    ])
    expect(await stateOf(id)).toEqual({ state: 'admitted', available_at: later(UNPUBLISHED_MS) })
    expect((await engine.claim(id, agent)).status).toBe('IN_PROGRESS')
  })

  test('several together → by their priority', async () => {
    const made = await batch([{ priority: 'low' }, { priority: 'urgent' }, { priority: 'medium' }])
    const [low, urgent, medium] = made.map(({ task }) => task.id)
    expect(publishedTasks()).toEqual([urgent, medium, low])
  })

  test('a capability → its queue', async () => {
    const { id } = await engine.newTask({ capability: 'summing' })
    expect(publishedTasks()).toEqual([id])
  })

  test('the same key twice → published once', async () => {
    const request = { idempotency_key: 'once', input: 1 }
    const { id } = await engine.newTask(agent, request)
    await engine.newTask(agent, request)
    expect(publishedTasks()).toEqual([id])
  })

  test.each([
    ['not due yet', async () => ({ run_at: later(1_000).toISOString() })],
    ['with a key that may be limited', async () => ({ concurrency_key: 'k' })],
  ])('%s → left to the scheduler', async (_, request) => {
    const [made] = await batch([await request()])
    expect(made && (await stateOf(made.task.id))?.state).toBe('waiting')
    expect(published.items).toEqual([])
  })

  test.each(['admitted', 'waiting'])(
    'shared queue, another tenant has something %s in it → left to the scheduler, which knows turns',
    async (state) => {
      const { id: agent_id } = await engine.newWasmAgent()
      const made = async () => (await batch([{ agent_id }]))[0]?.task.id as TaskId
      const first = await made()
      expect(publishedTasks()).toEqual([first])
      for (const other of [LOWEST_TENANT, HIGHEST_TENANT]) {
        await db.query('update outbox set tenant_id = $2, state = $3 where task_id = $1', [
          first,
          other,
          state,
        ])
        expect((await stateOf(await made()))?.state).toBe('waiting')
        await db.query('delete from outbox where task_id <> $1', [first])
      }
      expect(publishedTasks()).toEqual([first])
    },
  )

  test('agent disabled → held', async () => {
    const disabled = { ...agent, isEnabled: false }
    const entry = engine.creation.prepareFor(
      engine.owner,
      CreateTask.parse({ agent_id: agent.id }),
      disabled,
    )
    await db.transaction((tx) => engine.creation.storeWithin(tx, [entry]))
    expect((await stateOf(entry.task.id))?.state).toBe('held')
    expect(published.items).toEqual([])
  })

  test('due work waits already → waits behind it', async () => {
    const [first] = await batch([{ run_at: later(1_000).toISOString() }])
    clock.advance(1_000)
    const second = await engine.newTask(agent)
    expect((await stateOf(second.id))?.state).toBe('waiting')
    expect(first && (await stateOf(first.task.id))?.state).toBe('waiting')
  })

  test('work that is not due waits → not held up by it', async () => {
    await batch([{ run_at: later(60_000).toISOString(), priority: 'urgent' }])
    const { id } = await engine.newTask(agent)
    expect(publishedTasks()).toEqual([id])
  })

  test('more than there is room for → all left to the scheduler; up to it → all published', async () => {
    await batch(Array.from({ length: WINDOW + 1 }, () => ({})))
    expect(published.items).toEqual([])
    await db.query('delete from outbox')
    await batch(Array.from({ length: WINDOW }, () => ({})))
    expect(published.items).toHaveLength(WINDOW)
    const { id } = await engine.newTask(agent)
    expect((await stateOf(id))?.state).toBe('waiting')
  })

  test.each([
    ['limits', { concurrencyMax: 5 }],
    ['a pause', { isPaused: true }],
  ])('queue with %s → left to the scheduler', async (_, settings) => {
    await db.transaction(async (tx) => {
      const queue = { name: agentQueue(agent), tenantId: agent.tenantId }
      await lockSettings(tx, queue, clock.now())
      await writeSettings(tx, queue.name, { ...NO_LIMITS, ...settings }, clock.now())
    })
    const { id } = await engine.newTask(agent)
    expect((await stateOf(id))?.state).toBe('waiting')
    expect(published.items).toEqual([])
  })

  test('queue gets a limit that did not see it → no place under the limit, back to waiting', async () => {
    const { id } = await engine.newTask(agent)
    await db.query(
      `insert into queues (name, tenant_id, concurrency_max, updated_at) values ($1, $2, 1, $3)`,
      [agentQueue(agent), agent.tenantId, clock.now()],
    )
    await expect(engine.claim(id, agent)).rejects.toMatchObject({ code: 'task.not_admitted' })
    expect((await stateOf(id))?.state).toBe('waiting')
  })

  test('the broker takes nothing → waits again, and the scheduler has the word for a while', async () => {
    publish = () => Promise.reject(new Error('no broker'))
    const { id } = await engine.newTask(agent)
    await faults.count(1)
    expect(await stateOf(id)).toEqual({
      state: 'waiting',
      available_at: later(REST_SECONDS * 1_000),
    })
    publish = async (messages) => messages.forEach(published.put)
    const other = await engine.newAgent()
    await engine.newTask(other)
    expect(published.items).toEqual([])
    clock.advance(REST_SECONDS * 1_000)
    const next = await engine.newTask(other)
    // What was left to the scheduler meanwhile goes first.
    expect((await stateOf(next.id))?.state).toBe('waiting')
    const third = await engine.newTask(await engine.newAgent())
    expect(publishedTasks()).toEqual([third.id])
  })

  test('the process died before it published → waits again soon', async () => {
    publish = () => new Promise(() => {})
    const { id } = await engine.newTask(agent)
    expect(await unadmitOverdue(db, later(UNPUBLISHED_MS - 1), 10)).toBe(0)
    expect(await unadmitOverdue(db, later(UNPUBLISHED_MS), 10)).toBe(1)
    expect((await stateOf(id))?.state).toBe('waiting')
  })

  test('within a transaction → published when it has committed, never when it rolls back', async () => {
    const prepared = () =>
      engine.creation.prepareFor(engine.owner, CreateTask.parse({ agent_id: agent.id }), agent)
    const undone = new Error('undone')
    await expect(
      db.transaction(async (tx) => {
        await engine.creation.storeWithin(tx, [prepared()])
        throw undone
      }),
    ).rejects.toBe(undone)
    const entry = prepared()
    await db.transaction(async (tx) => {
      await engine.creation.storeWithin(tx, [entry])
      expect(published.items).toEqual([])
    })
    expect(publishedTasks()).toEqual([entry.task.id])
  })
})
