import type { AttemptToken, TaskId } from '@cadre/contract'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentRecord } from '#features/agents/index.ts'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { someoneWaitsForLock } from '../../../test/support/postgres-faults.ts'
import { signal } from '../../../test/support/signals.ts'
import { claimDue, completeHeld, type Claim, type Completion } from './task-store.ts'

// Races that only several sessions can have: each test stops one statement at a row that another
// session holds, changes the world meanwhile, and lets it go on with its older snapshot.

let database: TestDatabase
let db: Db
let engine: Engine
let agent: AgentRecord
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  engine = await createEngine({ db })
  agent = await engine.newAgent()
})
afterAll(async () => {
  await engine.close()
  await database.drop()
})

/** Holds a task's row until the returned function is called. */
const hold = async (taskId: TaskId): Promise<() => Promise<void>> => {
  const held = signal()
  const letGo = signal()
  const holding = db.transaction(async (tx) => {
    await tx.query('select 1 from tasks where id = $1 for update', [taskId])
    held.fire()
    await letGo.promise
  })
  await held.promise
  return () => {
    letGo.fire()
    return holding
  }
}

const claimOf = (taskId: TaskId): Claim => ({
  taskId,
  tenantId: agent.tenantId,
  agentId: agent.id,
  agentName: agent.name,
  capabilities: [],
  token: randomUUID() as AttemptToken,
  leaseExpiresAt: new Date(engine.clock.now().getTime() + LEASE_MS),
  holder: null,
  instance: null,
})

const completionOf = (taskId: TaskId): Completion => ({
  taskId,
  tenantId: agent.tenantId,
  agentId: agent.id,
  token: null,
  result: null,
  cost: null,
  execution: null,
  failure: null,
})

const handBack = async (taskId: TaskId, token: AttemptToken | null) =>
  engine.reports.tryHandBack({ taskId, agent, token, retryAfterMs: null, cost: null })

/** Two tasks in the order in which statements lock them. */
const twoTasks = async () => {
  const [first, second] = [await engine.newTask(agent), await engine.newTask(agent)]
  return first.id < second.id ? ([first, second] as const) : ([second, first] as const)
}

test('cancel: a claim commits while it waits → cancelled, and its attempt with it', async () => {
  const { id } = await engine.newTask(agent)
  const claimed = signal()
  const mayCommit = signal()
  const claiming = db.transaction(async (tx) => {
    await claimDue(tx, [claimOf(id)], engine.clock.now())
    claimed.fire()
    await mayCommit.promise
  })
  await claimed.promise
  const cancelling = engine.reports.cancel(agent.tenantId, id, 'changed my mind')
  await someoneWaitsForLock(db)
  mayCommit.fire()
  await Promise.all([claiming, cancelling])
  const { task, attempts, outbox, events } = await tracesOf(db, id)
  expect(task).toMatchObject({ status: 'CANCELLED', attempt: 1 })
  expect(attempts).toEqual([{ attempt: 1, outcome: 'cancelled' }])
  expect(outbox).toEqual([])
  expect(events).toEqual(['task.created', 'task.claimed', 'task.cancelled'])
})

test('cancel: claimed and handed back while it waits → cancelled, nothing left to dispatch', async () => {
  const { id } = await engine.newTask(agent)
  const claimed = signal()
  const mayCommit = signal()
  const token = randomUUID() as AttemptToken
  const claiming = db.transaction(async (tx) => {
    await claimDue(tx, [{ ...claimOf(id), token }], engine.clock.now())
    claimed.fire()
    await mayCommit.promise
  })
  await claimed.promise
  const cancelling = engine.reports.cancel(agent.tenantId, id, null)
  await someoneWaitsForLock(db)
  mayCommit.fire()
  await claiming
  await handBack(id, token)
  await cancelling
  const { task, outbox } = await tracesOf(db, id)
  expect(task).toMatchObject({ status: 'CANCELLED' })
  expect(outbox).toEqual([])
})

test('claim: claimed and handed back while it waits → in the outbox exactly if it is due', async () => {
  const [first, second] = await twoTasks()
  const letGo = await hold(first.id)
  const claims = [claimOf(first.id), claimOf(second.id)]
  const late = claimDue(db, claims, engine.clock.now())
  await someoneWaitsForLock(db)
  const { attemptToken } = await engine.claim(second.id, agent)
  await handBack(second.id, attemptToken)
  await letGo()
  await late
  const { task, outbox } = await tracesOf(db, second.id)
  expect(outbox).toHaveLength(task?.status === 'TODO' ? 1 : 0)
})

test('complete without token: claimed anew while it waits → counted whole or not at all', async () => {
  const [first, second] = await twoTasks()
  await engine.claim(first.id, agent)
  const { attemptToken } = await engine.claim(second.id, agent)
  const letGo = await hold(first.id)
  const completions = [completionOf(first.id), completionOf(second.id)]
  const late = completeHeld(db, completions, engine.clock.now(), 'ordinary')
  await someoneWaitsForLock(db)
  await handBack(second.id, attemptToken)
  await engine.claim(second.id, agent)
  await letGo()
  const isCounted = (await late).has(second.id)
  const { task, attempts, events } = await tracesOf(db, second.id)
  expect(task?.status).toBe(isCounted ? 'DONE' : 'IN_PROGRESS')
  expect(attempts.at(-1)?.outcome).toBe(isCounted ? 'done' : 'running')
  expect(events.filter((type) => type === 'task.completed')).toHaveLength(isCounted ? 1 : 0)
})

test('claim, complete, fail and cancel at once → one of them ends it, nothing half-written', async () => {
  for (let round = 0; round < 30; round++) {
    const { id } = await engine.newTask(agent, { max_retries: 0 })
    const { attemptToken: token } = await engine.claim(id, agent)
    const report = { taskId: id, agent, token, retryAfterMs: null, cost: null }
    const outcomes = await Promise.allSettled([
      engine.reports.complete({ ...report, result: 1 }, LEASE_MS),
      engine.reports.fail({ ...report, category: 'permanent', error: 'no' }),
      engine.reports.complete({ ...report, result: 2 }, LEASE_MS),
      engine.reports.fail({ ...report, category: 'retriable', error: 'no' }),
    ])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'conflict' })
    const { task, attempts, outbox, events } = await tracesOf(db, id)
    expect(['DONE', 'QUARANTINED']).toContain(task?.status)
    expect(attempts).toEqual([{ attempt: 1, outcome: task?.status === 'DONE' ? 'done' : 'failed' }])
    expect(outbox).toEqual([])
    expect(events).toHaveLength(3)
  }
})
