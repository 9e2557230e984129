import { randomUUID } from 'node:crypto'
import type { AttemptToken } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agentQueue } from '#features/agents/index.ts'
import type { Db } from '#platform/db/db.ts'
import { admitGoverned } from '#platform/outbox/admission-store.ts'
import { lockSettings, NO_LIMITS, writeSettings } from '#platform/outbox/queue-store.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { someoneWaitsForLock } from '../../../test/support/postgres-faults.ts'
import { signal } from '../../../test/support/signals.ts'
import { claimDue } from './task-store.ts'

// What was admitted has a place under its queue's limits. A claim that waits for a row must not
// take a place that was given back meanwhile.

let database: TestDatabase
let db: Db
let engine: Engine
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  engine = await createEngine({ db })
})
afterAll(async () => {
  await engine.close()
  await database.drop()
})

const limit = (queue: string, concurrencyMax: number) =>
  db.transaction(async (tx) => {
    const now = engine.clock.now()
    await lockSettings(tx, { name: queue, tenantId: null }, now)
    await writeSettings(tx, queue, { ...NO_LIMITS, concurrencyMax }, now)
  })

const admit = async () => {
  const now = engine.clock.now()
  const redeliverAt = new Date(now.getTime() + 300_000)
  const { rows } = await admitGoverned(db, {
    now,
    rowsMax: 10,
    windowPerQueue: 10,
    redeliverAt,
    leads: [],
  })
  return rows.map(({ taskId }) => taskId)
}

test('claim: its admission is taken back while it waits → not claimed, admitted anew', async () => {
  const agent = await engine.newAgent()
  await limit(agentQueue(agent), 1)
  const { id } = await engine.newTask(agent)
  expect(await admit()).toEqual([id])
  const takenBack = signal()
  const mayCommit = signal()
  const takingBack = db.transaction(async (tx) => {
    const now = engine.clock.now()
    await lockSettings(tx, { name: agentQueue(agent), tenantId: agent.tenantId }, now)
    await writeSettings(tx, agentQueue(agent), { ...NO_LIMITS, concurrencyMax: 2 }, now)
    takenBack.fire()
    await mayCommit.promise
  })
  await takenBack.promise
  const claim = {
    taskId: id,
    tenantId: agent.tenantId,
    agentId: agent.id,
    agentName: agent.name,
    capabilities: [],
    token: randomUUID() as AttemptToken,
    leaseExpiresAt: new Date(engine.clock.now().getTime() + LEASE_MS),
    holder: null,
    instance: null,
  }
  const claiming = claimDue(db, [claim], engine.clock.now(), { judged: 'agent and queue' })
  await someoneWaitsForLock(db)
  mayCommit.fire()
  await takingBack
  expect((await claiming).size).toBe(0)
  expect(await tracesOf(db, id)).toMatchObject({
    attempts: [],
    outbox: [{ state: 'waiting' }],
  })
  expect(await admit()).toEqual([id])
})
