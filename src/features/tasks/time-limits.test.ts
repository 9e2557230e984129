import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { nextTimeLimit } from './time-limit-store.ts'
import type { TaskRecord } from './task.ts'

describe.each(DIALECTS)('time limits on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const read = (task: TaskRecord) => engine.reports.read(task.tenantId, task.id)
  const beat = (task: TaskRecord, agent: Awaited<ReturnType<Engine['newAgent']>>) =>
    engine.reports.heartbeat({
      taskId: task.id,
      tenantId: task.tenantId,
      agentId: agent.id,
      token: task.attemptToken,
      agent,
      leaseMs: LEASE_MS,
    })

  test('queue: nobody claims in time → quarantined with the limit named, out of the outbox', async () => {
    const agent = await engine.newAgent()
    const task = await engine.newTask(agent, { timeouts: { queue_seconds: 5 } })
    engine.clock.advance(4_999)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'TODO' })
    engine.clock.advance(1)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({
      status: 'QUARANTINED',
      lastErrorCategory: 'timeout',
      lastError:
        'The task waited longer than its limit of 5 s for an agent (timeouts.queue_seconds).',
    })
    const { outbox, events, attempts } = await tracesOf(db, task.id)
    expect(outbox).toEqual([])
    expect(attempts).toEqual([])
    expect(events).toEqual(['task.created', 'task.quarantined'])
  })

  test('queue: due later → counts from then', async () => {
    const agent = await engine.newAgent()
    const runAt = new Date(engine.clock.now().getTime() + 60_000).toISOString()
    const task = await engine.newTask(agent, { run_at: runAt, timeouts: { queue_seconds: 5 } })
    engine.clock.advance(64_999)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'TODO' })
    engine.clock.advance(1)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'QUARANTINED' })
  })

  test('queue: claimed in time → runs for as long as it likes, and waits anew after a retry', async () => {
    const agent = await engine.newAgent()
    const limits = { timeouts: { queue_seconds: 5 }, backoff: { base_seconds: 0 } }
    const task = await engine.newTask(agent, limits)
    const { attemptToken: token } = await engine.claim(task.id, agent)
    engine.clock.advance(30_000)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'IN_PROGRESS' })
    const failure = { category: 'retriable', error: 'no', retryAfterMs: null, cost: null } as const
    await engine.reports.fail({ taskId: task.id, agent, token, ...failure })
    engine.clock.advance(4_999)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'TODO' })
    engine.clock.advance(1)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'QUARANTINED', attempt: 1 })
  })

  test('execution: heartbeats go on beyond the limit → refused, the attempt fails, the task is retried', async () => {
    const agent = await engine.newAgent()
    const task = await engine.newTask(agent, { timeouts: { execution_seconds: 10 } })
    const claimed = await engine.claim(task.id, agent)
    engine.clock.advance(9_999)
    await beat(claimed, agent)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'IN_PROGRESS' })
    engine.clock.advance(1)
    await expect(beat(claimed, agent)).rejects.toMatchObject({ code: 'task.execution_timeout' })
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({
      status: 'TODO',
      retryCount: 1,
      lastErrorCategory: 'timeout',
      lastError: 'The attempt ran longer than its limit of 10 s (timeouts.execution_seconds).',
    })
    expect((await tracesOf(db, task.id)).attempts).toEqual([{ attempt: 1, outcome: 'failed' }])
    await expect(beat(claimed, agent)).rejects.toMatchObject({ code: 'task.execution_timeout' })
  })

  test('execution: claimed anew after the limit → the old claim has lost its lease, the new has its whole time', async () => {
    const agent = await engine.newAgent()
    const limits = { timeouts: { execution_seconds: 10 }, backoff: { base_seconds: 0 } }
    const task = await engine.newTask(agent, limits)
    const first = await engine.claim(task.id, agent)
    engine.clock.advance(10_000)
    await engine.timeLimits.sweep()
    const second = await engine.claim(task.id, agent)
    engine.clock.advance(9_999)
    await engine.timeLimits.sweep()
    await expect(beat(first, agent)).rejects.toMatchObject({ code: 'task.lease_lost' })
    await beat(second, agent)
  })

  test("execution: the worker's own program → left to its executor, which counts from its start", async () => {
    const agent = await engine.newWasmAgent()
    const task = await engine.newTask(agent, { timeouts: { execution_seconds: 1 } })
    const holder = engine.ids.uuid()
    const claim = { taskId: task.id, agent, leaseMs: LEASE_MS, holder }
    const claimed = await engine.reports.claim(claim)
    engine.clock.advance(2_000)
    await engine.timeLimits.sweep()
    await beat(claimed, agent)
    expect(await read(task)).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('total: over while it runs → quarantined, the attempt ended, its report stale', async () => {
    const agent = await engine.newAgent()
    const task = await engine.newTask(agent, { timeouts: { total_seconds: 20 } })
    engine.clock.advance(15_000)
    const { attemptToken: token } = await engine.claim(task.id, agent)
    engine.clock.advance(5_000)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({
      status: 'QUARANTINED',
      attemptToken: null,
      retryCount: 0,
      lastErrorCategory: 'timeout',
      lastError: 'The task took longer than its limit of 20 s in all (timeouts.total_seconds).',
    })
    expect((await tracesOf(db, task.id)).attempts).toEqual([{ attempt: 1, outcome: 'failed' }])
    const completion = { taskId: task.id, agent, token, result: 1, cost: null }
    expect(await engine.reports.tryComplete(completion)).toBe(false)
  })

  test('total: over between two attempts → quarantined; a retry did not prolong it', async () => {
    const agent = await engine.newAgent()
    const limits = { timeouts: { total_seconds: 20 }, backoff: { base_seconds: 100 } }
    const task = await engine.newTask(agent, limits)
    const { attemptToken: token } = await engine.claim(task.id, agent)
    const failure = { category: 'retriable', error: 'no', retryAfterMs: null, cost: null } as const
    await engine.reports.fail({ taskId: task.id, agent, token, ...failure })
    engine.clock.advance(20_000)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'QUARANTINED' })
    expect((await tracesOf(db, task.id)).outbox).toEqual([])
  })

  test('finished in time → no limit touches it any more', async () => {
    const agent = await engine.newAgent()
    const timeouts = { queue_seconds: 5, execution_seconds: 5, total_seconds: 5 }
    const task = await engine.newTask(agent, { timeouts })
    const { attemptToken: token } = await engine.claim(task.id, agent)
    await engine.reports.tryComplete({ taskId: task.id, agent, token, result: 1, cost: null })
    engine.clock.advance(60_000)
    await engine.timeLimits.sweep()
    expect(await read(task)).toMatchObject({ status: 'DONE' })
  })

  test('the next look: at the nearest limit of an unfinished task, whichever kind', async () => {
    await engine.timeLimits.sweep()
    expect(await nextTimeLimit(db)).toBeNull()
    const agent = await engine.newAgent()
    const start = engine.clock.now().getTime()
    const inSeconds = (count: number) => new Date(start + count * 1_000)
    await engine.newTask(agent, { timeouts: { total_seconds: 90 } })
    expect(await nextTimeLimit(db)).toEqual(inSeconds(90))
    await engine.newTask(agent, { timeouts: { queue_seconds: 60.5 } })
    expect(await nextTimeLimit(db)).toEqual(inSeconds(60.5))
    const running = await engine.newTask(agent, { timeouts: { execution_seconds: 30 } })
    await engine.claim(running.id, agent)
    expect(await nextTimeLimit(db)).toEqual(inSeconds(30))
    engine.clock.advance(200_000)
    await engine.timeLimits.sweep()
  })

  test('many sweeps at once beside claims and completions → each task ends once, with one place', async () => {
    const agent = await engine.newAgent()
    const timeouts = { queue_seconds: 5, execution_seconds: 5, total_seconds: 5 }
    const tasks = await Promise.all(
      Array.from({ length: 120 }, () => engine.newTask(agent, { timeouts })),
    )
    engine.clock.advance(5_000)
    await Promise.all([
      ...Array.from({ length: 4 }, () => engine.timeLimits.sweep()),
      ...tasks.map(async (task) => {
        const claim = { taskId: task.id, agent, leaseMs: LEASE_MS }
        const claimed = await engine.reports.tryClaim(claim)
        if (claimed === null) return
        const { attemptToken: token } = claimed
        await engine.reports.tryComplete({ taskId: task.id, agent, token, result: 1, cost: null })
      }),
    ])
    await engine.timeLimits.sweep()
    for (const task of tasks) {
      const { task: row, outbox, events } = await tracesOf(db, task.id)
      const ends = events.filter((type) => type !== 'task.created' && type !== 'task.claimed')
      expect(['DONE', 'QUARANTINED']).toContain(row?.status)
      expect(ends).toEqual([row?.status === 'DONE' ? 'task.completed' : 'task.quarantined'])
      expect(outbox).toEqual([])
    }
  })
})
