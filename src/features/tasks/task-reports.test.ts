import { randomUUID } from 'node:crypto'
import { AGENT_PAYLOAD_TYPE, type AttemptToken, type TaskId } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AGENT_STATS_PROJECTION, projectAgentHours } from '#features/agents/index.ts'
import type { AgentRecord } from '#features/agents/index.ts'
import { signedStatement, statementOf } from '#features/agents/agent-statement.ts'
import { agentTotals } from '#features/agents/agent-stats-store.ts'
import type { Db } from '#platform/db/db.ts'
import { createProjection } from '#platform/events/projection.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { settleProjection } from '../../../test/support/projections.ts'
import { inbox } from '../../../test/support/signals.ts'
import { createLeaseKeeper } from './lease-keeper.ts'

const DAY_MS = 86_400_000

describe.each(DIALECTS)('reports on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let agent: AgentRecord
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
    agent = await engine.newAgent(['shared'])
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const reportOf = (taskId: TaskId, token: AttemptToken | null, by = agent) => ({
    taskId,
    agent: by,
    token,
    cost: null,
    retryAfterMs: null,
  })
  const complete = (taskId: TaskId, token: AttemptToken | null, by = agent) =>
    engine.reports.complete({ ...reportOf(taskId, token, by), result: token }, LEASE_MS)
  const fail = (taskId: TaskId, token: AttemptToken | null, by = agent) =>
    engine.reports.fail({ ...reportOf(taskId, token, by), category: 'retriable', error: 'no' })
  const heartbeat = (taskId: TaskId, token: AttemptToken | null) =>
    engine.reports.heartbeat({
      ...reportOf(taskId, token),
      tenantId: agent.tenantId,
      agentId: agent.id,
      leaseMs: LEASE_MS,
    })
  /** A task in its second attempt, with the token of the first. */
  const claimedTwice = async () => {
    const { id } = await engine.newTask(agent, { backoff: { base_seconds: 0 } })
    const first = await engine.claim(id, agent)
    await engine.reports.handBack(reportOf(id, first.attemptToken))
    const { attemptToken } = await engine.claim(id, agent)
    return { id, stale: first.attemptToken, valid: attemptToken }
  }

  test('fencing: stale and valid reports in one group, in any order → one valid end, stale ones change nothing', async () => {
    const calls = {
      complete,
      fail,
      heartbeat,
      cancel: (id: TaskId) => engine.reports.cancel(agent.tenantId, id, null),
    }
    const call = fc.record({
      kind: fc.constantFrom('complete', 'fail', 'heartbeat', 'cancel'),
      isValid: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 8 }), async (wanted) => {
        const { id, stale, valid } = await claimedTwice()
        const outcomes = await Promise.allSettled(
          wanted.map(({ kind, isValid }) =>
            calls[kind as keyof typeof calls](id, isValid ? valid : stale),
          ),
        )
        const ends = outcomes.filter(({ status }, n) => {
          const { kind, isValid } = wanted[n] ?? {}
          if (status === 'fulfilled' && kind !== 'cancel') expect(isValid).toBe(true)
          return status === 'fulfilled' && kind !== 'heartbeat'
        })
        for (const outcome of outcomes)
          if (outcome.status === 'rejected')
            expect(outcome.reason).toMatchObject({ kind: 'conflict' })
        const { task, attempts, outbox, events } = await tracesOf(db, id)
        // A task that failed is due again, and may be cancelled then.
        const wasRetried = events.filter((type) => type === 'task.retried').length === 2
        const isCancelled = task?.status === 'CANCELLED'
        expect(ends).toHaveLength(
          task?.status === 'IN_PROGRESS' ? 0 : wasRetried && isCancelled ? 2 : 1,
        )
        expect(attempts).toHaveLength(2)
        expect(attempts[0]).toEqual({ attempt: 1, outcome: 'lost' })
        expect(outbox).toHaveLength(task?.status === 'TODO' ? 1 : 0)
      }),
      { numRuns: 25 },
    )
  })

  test('complete without a token: nobody holds the due task → claimed and done in one step, for one of many', async () => {
    const rival = await engine.newAgent(['shared'])
    const { id } = await engine.newTask({ capability: 'shared' })
    const outcomes = await Promise.allSettled(
      [agent, rival, agent, rival].map((by) => complete(id, null, by)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'conflict' })
    expect((await tracesOf(db, id)).attempts).toEqual([{ attempt: 1, outcome: 'done' }])
  })

  test('claim: a hundred at once → one gets it', async () => {
    const { id } = await engine.newTask(agent)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => engine.claim(id, agent)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await tracesOf(db, id)).attempts).toHaveLength(1)
  })

  test('claim by capability: who offers it may, others may not', async () => {
    const stranger = await engine.newAgent(['other'])
    const { id } = await engine.newTask({ capability: 'shared' })
    await expect(engine.claim(id, stranger)).rejects.toMatchObject({ code: 'task.not_for_agent' })
    expect(await engine.claim(id, agent)).toMatchObject({ assignedAgentId: agent.id })
  })

  test('fail: an agent that does not hold the task → 404; a task that is not there → 404', async () => {
    const stranger = await engine.newAgent()
    const { id } = await engine.newTask(agent)
    await engine.claim(id, agent)
    await expect(fail(id, null, stranger)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(fail(randomUUID() as TaskId, null)).rejects.toMatchObject({ kind: 'not_found' })
    expect((await tracesOf(db, id)).task).toMatchObject({ status: 'IN_PROGRESS', retry_count: 0 })
  })

  test('fail: the error holds U+0000, as programs print it → counted, shown as a replacement', async () => {
    const { id } = await engine.newTask(agent)
    const { attemptToken } = await engine.claim(id, agent)
    const error = 'a\u0000b'
    const failed = await engine.reports.fail({
      ...reportOf(id, attemptToken),
      category: 'permanent',
      error,
      execution: { outcome: 'exit', exitCode: 1, durationMs: 1, stdout: error, stderr: error },
    })
    expect(failed).toMatchObject({ status: 'QUARANTINED', lastError: 'a\uFFFDb' })
  })

  test('complete: a direct execution failed with U+0000 in its error → stored all the same', async () => {
    const { id } = await engine.newTask(agent)
    const { attemptToken } = await engine.claim(id, agent)
    const isDone = await engine.reports.tryComplete({
      ...reportOf(id, attemptToken),
      result: '\u0000',
      failure: { category: 'retriable', error: 'a\u0000b', fingerprint: 'f' },
    })
    expect(isDone).toBe(true)
    expect(await engine.reports.read(agent.tenantId, id)).toMatchObject({
      status: 'DONE',
      lastError: 'a\uFFFDb',
      result: '\u0000',
    })
  })

  test('fail: cost of several attempts → added up exactly', async () => {
    const { id } = await engine.newTask(agent, { backoff: { base_seconds: 0 } })
    for (const cost of ['0.1', '0.2']) {
      const { attemptToken } = await engine.claim(id, agent)
      const report = { ...reportOf(id, attemptToken), cost }
      await engine.reports.fail({ ...report, category: 'retriable', error: 'no' })
    }
    const { attemptToken } = await engine.claim(id, agent)
    const report = { ...reportOf(id, attemptToken), cost: '0.000001' }
    const done = await engine.reports.complete({ ...report, result: null }, LEASE_MS)
    expect(done.cost).toBe('0.300001')
  })

  test("another tenant's agent: claim, reports and cancel → 404, nothing changed", async () => {
    const { id } = await engine.newTask(agent)
    const { attemptToken } = await engine.claim(id, agent)
    const other = { ...agent, tenantId: randomUUID() as AgentRecord['tenantId'] }
    const envelope = engine.registry.sign(AGENT_PAYLOAD_TYPE, statementOf(other))
    const spy = { ...other, statement: signedStatement(envelope) }
    const attempts = await Promise.allSettled([
      engine.claim(id, spy),
      complete(id, attemptToken, spy),
      fail(id, attemptToken, spy),
      engine.reports.cancel(spy.tenantId, id, null),
    ])
    for (const attempt of attempts)
      expect(attempt).toMatchObject({ status: 'rejected', reason: { kind: 'not_found' } })
    expect((await tracesOf(db, id)).task).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('lease keeper: work goes on → leases never run out; work is lost → told once', async () => {
    const keeper = createLeaseKeeper({
      db,
      clock: engine.clock,
      leaseMs: LEASE_MS,
      onFault: () => {},
    })
    const [kept, lost] = [await engine.newTask(agent), await engine.newTask(agent)]
    const told = inbox<string>()
    for (const { id } of [kept, lost]) {
      const { attemptToken } = await engine.claim(id, agent)
      const lease = { taskId: id, tenantId: agent.tenantId, agentId: agent.id }
      keeper.keep({ ...lease, token: attemptToken as AttemptToken }, () => told.put(id))
    }
    await engine.reports.cancel(agent.tenantId, lost.id, null)
    for (let beat = 0; beat < 9; beat++) {
      engine.clock.advance(LEASE_MS / 3)
      const expiresAt = new Date(engine.clock.now().getTime() + LEASE_MS)
      await expect
        .poll(async () => (await tracesOf(db, kept.id)).task?.lease_expires_at, { interval: 5 })
        .toEqual(expiresAt)
      await engine.recovery.sweep()
    }
    expect(told.items).toEqual([lost.id])
    expect((await tracesOf(db, kept.id)).task).toMatchObject({ status: 'IN_PROGRESS', attempt: 1 })
    keeper.close()
  })

  test('retention: finished long ago → gone with its attempts; the rest stays', async () => {
    const [done, cancelled, quarantined, waiting, recent] = await Promise.all(
      Array.from({ length: 5 }, () => engine.newTask(agent, { max_retries: 0 })),
    )
    const ids = [done, cancelled, quarantined, waiting, recent].map((task) => task?.id as TaskId)
    const [doneId, cancelledId, quarantinedId, waitingId, recentId] = ids as [
      TaskId,
      TaskId,
      TaskId,
      TaskId,
      TaskId,
    ]
    await complete(doneId, null)
    await engine.reports.cancel(agent.tenantId, cancelledId, null)
    const { attemptToken } = await engine.claim(quarantinedId, agent)
    await fail(quarantinedId, attemptToken)
    engine.clock.advance(29 * DAY_MS)
    await complete(recentId, null)
    engine.clock.advance(DAY_MS + 1)
    expect(await engine.retention.sweep()).toBeGreaterThanOrEqual(2)
    for (const id of [doneId, cancelledId]) {
      const { task, attempts } = await tracesOf(db, id)
      expect(task).toBeUndefined()
      expect(attempts).toEqual([])
    }
    for (const [id, status] of [
      [quarantinedId, 'QUARANTINED'],
      [waitingId, 'TODO'],
      [recentId, 'DONE'],
    ] as const)
      expect((await tracesOf(db, id)).task).toMatchObject({ status })
  })

  test('delete agent: work waits or is held → refused, and it goes on serving; idle → gone', async () => {
    const busy = await engine.newAgent()
    const { id } = await engine.newTask(busy)
    await expect(engine.agents.remove(busy)).rejects.toMatchObject({ code: 'agent.busy' })
    const { attemptToken } = await engine.claim(id, busy)
    await expect(engine.agents.remove(busy)).rejects.toMatchObject({ code: 'agent.busy' })
    expect((await engine.agents.resolve(busy.tenantId, busy.id)).isEnabled).toBe(true)
    await complete(id, attemptToken, busy)
    await engine.agents.remove(busy)
    await expect(engine.agents.resolve(busy.tenantId, busy.id)).rejects.toMatchObject({
      code: 'agent.not_found',
    })
    await expect(engine.newTask(busy)).rejects.toMatchObject({ kind: 'invalid' })
  })

  test("delete agent: its task's lease ran out behind it → the task waits, held, to be cancelled", async () => {
    const doomed = await engine.newAgent()
    const { id } = await engine.newTask(doomed)
    await engine.claim(id, doomed)
    await db.query('update agents set deleted_at = $2 where id = $1', [doomed.id, new Date()])
    engine.clock.advance(LEASE_MS + 1_001)
    await engine.recovery.sweep()
    expect((await tracesOf(db, id)).outbox).toMatchObject([{ state: 'held' }])
    expect(await engine.reports.cancel(doomed.tenantId, id, null)).toMatchObject({
      status: 'CANCELLED',
    })
  })

  test('statistics: any mix of ends → what the attempts add up to', async () => {
    const counted = await engine.newAgent()
    const end = fc.constantFrom('done', 'failed', 'lost', 'cancelled', 'dearly done')
    const projection = await createProjection({
      db,
      clock: engine.clock,
      name: AGENT_STATS_PROJECTION,
      apply: projectAgentHours,
      onFault: () => {},
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(end, { minLength: 3, maxLength: 8 }),
        fc.nat(100_000),
        async (ends, ms) => {
          for (const wanted of ends) {
            const { id } = await engine.newTask(counted, { max_retries: 1 })
            const { attemptToken: token } = await engine.claim(id, counted)
            engine.clock.advance(ms % LEASE_MS)
            const report = reportOf(id, token, counted)
            if (wanted === 'done') await complete(id, token, counted)
            else if (wanted === 'dearly done')
              await engine.reports.tryComplete({ ...report, cost: '0.000001', result: null })
            else if (wanted === 'failed') await fail(id, token, counted)
            else if (wanted === 'cancelled') await engine.reports.cancel(counted.tenantId, id, null)
            else {
              engine.clock.advance(LEASE_MS + 1)
              await engine.recovery.sweep()
            }
          }
        },
      ),
      { numRuns: 10 },
    )
    await settleProjection(db, AGENT_STATS_PROJECTION, projection)
    await projection.close()
    const [expected] = await db.query<Record<string, number | string>>(
      `select count(*) as attempts, count(*) filter (where outcome = 'done') as completed,
         count(*) filter (where outcome in ('failed', 'lost')) as failed,
         coalesce(sum(cost), 0)::numeric(18, 6) as cost, sum(duration_ms) as duration
       from attempts where agent_id = $1 and outcome <> 'cancelled'`,
      [counted.id],
    )
    const totals = await agentTotals(db, counted.id)
    expect(totals).toMatchObject({
      attempts: expected?.['attempts'],
      completed: expected?.['completed'],
      failed: expected?.['failed'],
      quarantined: expected?.['failed'],
      cost: expected?.['cost'],
    })
    expect(totals.durationMsSum).toBeCloseTo(Number(expected?.['duration']), 3)
    expect(totals.durationBuckets.reduce((sum, count) => sum + count, 0)).toBe(totals.attempts)
    expect(totals.attempts).toBeGreaterThan(0)
  })
})
