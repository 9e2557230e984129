import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { agentQueue, type AgentRecord } from '#features/agents/index.ts'
import type { Message } from '#platform/broker/broker.ts'
import type { Db } from '#platform/db/db.ts'
import { OUTBOX_CHANNEL, ROOM } from '#platform/outbox/outbox-store.ts'
import {
  lockSettings,
  NO_LIMITS,
  writeSettings,
  type QueueSettings,
} from '#platform/outbox/queue-store.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { inbox, type Inbox } from '../../../test/support/signals.ts'
import { startScheduler, type SchedulerStart } from '../../../test/support/start-scheduler.ts'
import type { Scheduler } from './scheduler.ts'

const REDELIVER_SECONDS = 300
const SWEEP_SECONDS = 60
/** Looks that were under way, or that the ones under way asked for. */
const SETTLING_LOOKS = 2

describe.each(DIALECTS)('scheduler on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let published: Inbox<Message>
  let publish: (messages: readonly Message[]) => Promise<void>
  const faults = inbox<unknown>()
  const running: Scheduler[] = []
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
  })
  afterEach(async () => {
    for (const scheduler of running.splice(0)) await scheduler.close()
    await db.query('delete from outbox')
    await db.query('delete from queues')
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const start = async (settings: Partial<SchedulerStart> = {}) => {
    published = inbox()
    publish = async (messages) => messages.forEach(published.put)
    const scheduler = await startScheduler({
      engine,
      broker: { publish: (messages) => publish(messages) },
      onFault: faults.put,
      redeliverSeconds: REDELIVER_SECONDS,
      sweepSeconds: SWEEP_SECONDS,
      ...settings,
    })
    running.push(scheduler)
  }
  const publishedTasks = () => published.items.map(({ headers }) => headers.task_id)
  const inSeconds = (seconds: number) => ({
    run_at: new Date(engine.clock.now().getTime() + seconds * 1_000).toISOString(),
  })
  /** Whatever was notified before has been heard by every listener of this process. */
  const everythingHeard = async () => {
    const marks = inbox<string>()
    const unlisten = await db.listen('test_marks', marks.put)
    await db.query(`select pg_notify('test_marks', 'heard')`)
    await marks.until((heard) => heard.includes('heard'))
    await unlisten()
  }
  /** Time passes in small steps, each when the scheduler has done what the one before called for. */
  const passUntil = async (seconds: number, isThere: () => boolean, stepMs = 100) => {
    const untilMs = engine.clock.now().getTime() + seconds * 1_000
    const settled = async () => {
      await everythingHeard()
      for (const scheduler of running) await scheduler.settled()
    }
    await settled()
    while (!isThere() && engine.clock.now().getTime() < untilMs) {
      engine.clock.advance(stepMs)
      await settled()
    }
    expect(isThere()).toBe(true)
  }

  test('due work → published once, addressed, expiring when it is sent anew', async () => {
    await start()
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent, { priority: 'high' })
    await published.count(1)
    expect(published.items).toEqual([
      {
        id: expect.any(String),
        tenantId: agent.tenantId,
        queue: agentQueue(agent),
        level: 6,
        expiresAt: new Date(engine.clock.now().getTime() + REDELIVER_SECONDS * 1_000),
        headers: {
          task_id: id,
          priority: 'high',
          attempt: 1,
          agent_id: agent.id,
          traceparent: null,
          command: null,
          schema_version: 1,
        },
      },
    ])
    expect((await tracesOf(db, id)).outbox).toMatchObject([{ state: 'admitted' }])
  })

  test.each([
    ['a queue without limits', {}],
    ['a queue with limits', { concurrencyMax: 5 }],
  ])(
    'a suspended tenant, in %s → held back, taken back, and admitted when it is resumed',
    async (_name, settings) => {
      const agent = await engine.newAgent()
      await db.transaction(async (tx) => {
        const queue = { name: agentQueue(agent), tenantId: agent.tenantId }
        await lockSettings(tx, queue, engine.clock.now())
        await writeSettings(tx, queue.name, { ...NO_LIMITS, ...settings }, engine.clock.now())
      })
      const listeners = new Set<() => void>()
      let ids = [agent.tenantId]
      const changeTo = (next: typeof ids) => {
        ids = next
        for (const listener of listeners) listener()
      }
      await start({
        suspended: {
          has: (id) => ids.includes(id),
          ids: () => ids,
          onChange: (listener) => {
            listeners.add(listener)
            return () => listeners.delete(listener)
          },
        },
      })
      const first = await engine.newTask(agent)
      await passUntil(0, () => true)
      expect(publishedTasks()).toEqual([])
      changeTo([])
      await published.count(1)
      expect(publishedTasks()).toEqual([first.id])
      changeTo([agent.tenantId])
      await expect
        .poll(async () => (await tracesOf(db, first.id)).outbox)
        .toMatchObject([{ state: 'waiting' }])
      changeTo([])
      await published.count(2)
      expect(faults.items).toEqual([])
    },
  )

  test('work from before the start → published', async () => {
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent)
    await start()
    await published.count(1)
    expect(publishedTasks()).toEqual([id])
  })

  test('work due later → not before, and then without a wake-up', async () => {
    await start()
    const agent = await engine.newAgent()
    const later = await engine.newTask(agent, inSeconds(20))
    const now = await engine.newTask(agent)
    await published.count(1)
    expect(publishedTasks()).toEqual([now.id])
    const startedAtMs = engine.clock.now().getTime()
    await passUntil(30, () => published.items.length === 2)
    expect(publishedTasks()[1]).toBe(later.id)
    const waitedMs = engine.clock.now().getTime() - startedAtMs
    expect(waitedMs).toBeGreaterThanOrEqual(20_000)
    expect(waitedMs).toBeLessThan(21_000)
  })

  test('window full → the rest waits; each claim lets the next in', async () => {
    await start({ windowPerQueue: 2 })
    const agent = await engine.newAgent()
    for (let n = 0; n < 6; n++) await engine.newTask(agent)
    for (let claimed = 0; claimed < 6; claimed++) {
      await published.count(Math.min(claimed + 2, 6))
      expect(published.items.length).toBe(Math.min(claimed + 2, 6))
      await engine.claim(publishedTasks()[claimed] as never, agent)
    }
    expect(new Set(publishedTasks()).size).toBe(6)
  })

  test("one queue's window full → another queue's work is published when it is due", async () => {
    await start({ windowPerQueue: 1 })
    const [absent, present] = [await engine.newAgent(), await engine.newAgent()]
    await engine.newTask(absent)
    await engine.newTask(absent)
    await published.count(1)
    const scheduled = await engine.newTask(present, inSeconds(5))
    const startedAtMs = engine.clock.now().getTime()
    await passUntil(SWEEP_SECONDS, () => published.items.length === 2)
    expect(publishedTasks()[1]).toBe(scheduled.id)
    expect(engine.clock.now().getTime() - startedAtMs).toBeLessThan(6_000)
  })

  /** The same database, and how often a scheduler on it looked for work. */
  const watched = () => {
    const looks = { count: 0 }
    const query: Db['query'] = (sql, parameters) => {
      if (sql.includes('recursive ranges')) looks.count++
      return db.query(sql, parameters)
    }
    return { looks, on: { ...db, query } }
  }
  const newTasks = async (agent: AgentRecord, count: number) => {
    for (let n = 0; n < count; n++) await engine.newTask(agent)
    await everythingHeard()
  }
  const limit = (agent: AgentRecord, settings: Partial<QueueSettings>) =>
    db.transaction(async (tx) => {
      const queue = agentQueue(agent)
      await lockSettings(tx, { name: queue, tenantId: agent.tenantId }, engine.clock.now())
      await writeSettings(tx, queue, { ...NO_LIMITS, ...settings }, engine.clock.now())
    })

  test('window full → new work for it is not looked at; for another queue it is', async () => {
    const { looks, on } = watched()
    await start({ windowPerQueue: 1, db: on })
    const [agent, other] = [await engine.newAgent(), await engine.newAgent()]
    await newTasks(agent, 2)
    await published.count(1)
    const before = looks.count
    await newTasks(agent, 40)
    expect(looks.count - before).toBeLessThanOrEqual(SETTLING_LOOKS)
    await engine.newTask(other)
    await published.count(2)
    await engine.claim(publishedTasks()[0] as never, agent)
    await published.count(3)
  })

  test('concurrency used up → new work is not looked at; an end lets the next in', async () => {
    const { looks, on } = watched()
    const agent = await engine.newAgent()
    await limit(agent, { concurrencyMax: 1 })
    await start({ db: on })
    await newTasks(agent, 2)
    await published.count(1)
    const [taskId] = publishedTasks()
    const task = await engine.claim(taskId as never, agent)
    await everythingHeard()
    const before = looks.count
    await newTasks(agent, 40)
    expect(looks.count - before).toBeLessThanOrEqual(SETTLING_LOOKS)
    expect(published.items.length).toBe(1)
    const report = { agent, token: task.attemptToken, result: null, cost: null }
    await engine.reports.completeHeld({ taskId: task.id, ...report })
    await published.count(2)
  })

  test('queue paused → nothing starts nor is looked at; resumed → starts at once', async () => {
    const { looks, on } = watched()
    const agent = await engine.newAgent()
    await limit(agent, { isPaused: true })
    await start({ db: on })
    await newTasks(agent, 2)
    const before = looks.count
    await newTasks(agent, 40)
    expect(looks.count - before).toBeLessThanOrEqual(SETTLING_LOOKS)
    expect(published.items).toEqual([])
    await limit(agent, { isPaused: false })
    await published.count(42)
  })

  test('agent disabled while its work fills a shared window → others get in at once', async () => {
    await start({ windowPerQueue: 1 })
    const [first, second] = [await engine.newWasmAgent(), await engine.newWasmAgent()]
    await engine.newTask(first)
    await published.count(1)
    const waiting = await engine.newTask(second)
    await everythingHeard()
    expect(published.items.length).toBe(1)
    await engine.agents.disable(first)
    await published.count(2)
    expect(publishedTasks()[1]).toBe(waiting.id)
  })

  test('room is made while the scheduler looks → not overlooked', async () => {
    const agent = await engine.newAgent()
    const first = await engine.newTask(agent)
    const second = await engine.newTask(agent)
    const rooms = inbox<string>()
    let looks = 0
    const claimsBehindTheSecondLook: Db = {
      ...db,
      query: async (sql, parameters) => {
        const rows = await db.query(sql, parameters)
        if (sql.includes('recursive ranges') && ++looks === 2) {
          await engine.claim(publishedTasks()[0] as never, agent)
          await rooms.until((heard) => heard.includes(ROOM))
        }
        return rows as never
      },
    }
    await start({ windowPerQueue: 1, db: claimsBehindTheSecondLook })
    await published.count(1)
    await db.listen(OUTBOX_CHANNEL, rooms.put)
    await db.query(`select pg_notify('${OUTBOX_CHANNEL}', '')`)
    await published.count(2)
    expect(publishedTasks().sort()).toEqual([first.id, second.id].sort())
  })

  test('batch smaller than the backlog → everything is published', async () => {
    const agent = await engine.newAgent()
    const other = await engine.newAgent()
    for (let n = 0; n < 12; n++) await engine.newTask(n % 2 ? agent : other)
    await start({ batchMax: 5 })
    await published.count(12)
    expect(new Set(publishedTasks()).size).toBe(12)
  })

  test('priority: urgent first; who has waited longer than the handicap goes before', async () => {
    const agent = await engine.newAgent()
    const old = await engine.newTask(agent, { priority: 'low' })
    engine.clock.advance(121_000)
    const low = await engine.newTask(agent, { priority: 'low' })
    const medium = await engine.newTask(agent, { priority: 'medium' })
    const high = await engine.newTask(agent, { priority: 'high' })
    const urgent = await engine.newTask(agent, { priority: 'urgent' })
    await start({ windowPerQueue: 1 })
    for (let claimed = 0; claimed < 5; claimed++) {
      await published.count(claimed + 1)
      await engine.claim(publishedTasks()[claimed] as never, agent)
    }
    expect(publishedTasks()).toEqual([old, urgent, high, medium, low].map(({ id }) => id))
  })

  test('publishing fails → waits again, published by a later look', async () => {
    await start()
    const agent = await engine.newAgent()
    publish = () => Promise.reject(new Error('broker away'))
    const { id } = await engine.newTask(agent)
    await faults.until((items) => String(items.at(-1)).includes('broker away'))
    await expect
      .poll(async () => (await tracesOf(db, id)).outbox)
      .toMatchObject([{ state: 'waiting' }])
    publish = async (messages) => messages.forEach(published.put)
    await passUntil(2 * SWEEP_SECONDS, () => published.items.length === 1, 5_000)
    expect(publishedTasks()).toEqual([id])
  })

  test('nobody claims what was published → published anew after the time for it', async () => {
    await start()
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent, { priority: 'urgent' })
    await published.count(1)
    engine.clock.advance(REDELIVER_SECONDS * 1_000 - 1)
    await engine.recovery.sweep()
    expect((await tracesOf(db, id)).outbox).toMatchObject([{ state: 'admitted' }])
    engine.clock.advance(1)
    await engine.recovery.sweep()
    // The sweep also gave back what the tests before had claimed.
    const sent = () => published.items.filter(({ headers }) => headers.task_id === id)
    await passUntil(2 * SWEEP_SECONDS, () => sent().length === 2, 5_000)
    expect(sent()[0]?.id).not.toBe(sent()[1]?.id)
  })

  test('waits in the broker for longer than its handicap → sent anew, before what is younger', async () => {
    await start()
    const agent = await engine.newAgent()
    const low = await engine.newTask(agent, { priority: 'low' })
    await published.count(1)
    engine.clock.advance(119_000)
    await engine.recovery.sweep()
    await everythingHeard()
    expect((await tracesOf(db, low.id)).outbox).toMatchObject([{ state: 'admitted' }])
    engine.clock.advance(1_000)
    await engine.recovery.sweep()
    await published.count(2)
    expect(published.items.map(({ level, headers }) => [headers.task_id, level])).toEqual([
      [low.id, 8],
      [low.id, 5],
    ])
    engine.clock.advance(60_000)
    await engine.recovery.sweep()
    await everythingHeard()
    expect(published.items.length).toBe(2)
  })

  test('agent disabled → nothing of it is published; enabled → at once, even what was sent', async () => {
    await start()
    const agent = await engine.newAgent()
    const sent = await engine.newTask(agent)
    await published.count(1)
    const disabled: AgentRecord = await engine.agents.disable(agent)
    const waiting = await engine.newTask(disabled)
    for (const { id } of [sent, waiting])
      expect((await tracesOf(db, id)).outbox).toMatchObject([{ state: 'held' }])
    await engine.agents.enable(disabled)
    await published.count(3)
    expect(publishedTasks().slice(1).sort()).toEqual([sent.id, waiting.id].sort())
  })

  test('two schedulers → everything published once', async () => {
    await start()
    const first = published
    await start()
    const agent = await engine.newAgent()
    const tasks = await Promise.all(Array.from({ length: 50 }, () => engine.newTask(agent)))
    await expect.poll(() => first.items.length + published.items.length).toBe(50)
    const all = [...first.items, ...published.items].map(({ headers }) => headers.task_id)
    expect(all.sort()).toEqual(tasks.map(({ id }) => id).sort())
  })
})
