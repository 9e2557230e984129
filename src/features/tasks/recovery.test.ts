import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { findExpiredLeases } from './failure-store.ts'

describe.each(DIALECTS)('recovery on %s', (dialect) => {
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

  test('sweep: lease ran out long after the agent was last looked up → due again', async () => {
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent)
    await engine.claim(id, agent)
    engine.clock.advance(LEASE_MS + 1)
    await engine.recovery.sweep()
    const { task, attempts, outbox, events } = await tracesOf(db, id)
    expect(task).toMatchObject({ status: 'TODO', attempt: 1, retry_count: 1, attempt_token: null })
    expect(attempts).toEqual([{ attempt: 1, outcome: 'lost' }])
    expect(outbox).toMatchObject([{ state: 'waiting' }])
    expect(events).toEqual(['task.created', 'task.claimed', 'task.retried'])
  })

  test('sweep: lease still runs → left alone', async () => {
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent)
    await engine.claim(id, agent)
    engine.clock.advance(LEASE_MS)
    await engine.recovery.sweep()
    expect((await tracesOf(db, id)).task).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('sweep: heartbeat comes between look and verdict → the lease stays', async () => {
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent)
    const { attemptToken: token } = await engine.claim(id, agent)
    engine.clock.advance(LEASE_MS + 1)
    const found = await findExpiredLeases(db, engine.clock.now(), 10)
    const expired = found.find(({ taskId }) => taskId === id)
    await engine.reports.heartbeat({
      taskId: id,
      tenantId: agent.tenantId,
      agentId: agent.id,
      token,
      agent,
      leaseMs: LEASE_MS,
    })
    if (expired === undefined) throw new Error('The lease should have run out.')
    const verdict = await engine.judge({
      ...expired,
      outcome: 'lost',
      category: 'timeout',
      error: 'The lease ran out.',
      retryAfterMs: null,
      cost: null,
    })
    expect(verdict).toBeNull()
    expect((await tracesOf(db, id)).task).toMatchObject({ status: 'IN_PROGRESS', retry_count: 0 })
  })

  test('sweep: lost for the last time → quarantined, out of the outbox', async () => {
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent, { max_retries: 1 })
    await engine.claim(id, agent)
    engine.clock.advance(LEASE_MS + 1)
    await engine.recovery.sweep()
    const { task, outbox, events } = await tracesOf(db, id)
    expect(task).toMatchObject({ status: 'QUARANTINED', retry_count: 1 })
    expect(outbox).toEqual([])
    expect(events.at(-1)).toBe('task.quarantined')
  })

  test('sweep: the agent was disabled meanwhile → due again, held back', async () => {
    const agent = await engine.newAgent()
    const { id } = await engine.newTask(agent)
    await engine.claim(id, agent)
    await engine.agents.disable(agent)
    engine.clock.advance(LEASE_MS + 1)
    await engine.recovery.sweep()
    expect((await tracesOf(db, id)).outbox).toMatchObject([{ state: 'held' }])
  })

  test('reclaim: a worker of a dead process held tasks → due at once, nothing counted', async () => {
    const agent = await engine.newWasmAgent()
    const [mine, theirs] = [randomUUID(), randomUUID()]
    const kept = await engine.newTask(agent)
    const orphan = await engine.newTask(agent)
    const remote = await engine.newTask(agent)
    await engine.reports.claim({ taskId: kept.id, agent, leaseMs: LEASE_MS, holder: mine })
    await engine.reports.claim({ taskId: orphan.id, agent, leaseMs: LEASE_MS, holder: theirs })
    await engine.reports.claim({ taskId: remote.id, agent, leaseMs: LEASE_MS })
    engine.clock.advance(2_000)
    expect(await engine.recovery.reclaimFromDeadProcesses(mine)).toBe(1)
    const { task, outbox } = await tracesOf(db, orphan.id)
    expect(task).toMatchObject({ status: 'TODO', retry_count: 0 })
    expect(outbox).toMatchObject([{ state: 'waiting', available_at: engine.clock.now() }])
    for (const { id } of [kept, remote])
      expect((await tracesOf(db, id)).task).toMatchObject({ status: 'IN_PROGRESS' })
  })
})
