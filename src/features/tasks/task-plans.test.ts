import { randomUUID } from 'node:crypto'
import type { AgentId, AttemptToken, TaskId, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockNext } from '#platform/broker/postgres-broker-store.ts'
import type { Db, Queryable, Tx } from '#platform/db/db.ts'
import { EVENT_START, eventsOfSubject, readAfter } from '#platform/events/event-store.ts'
import { admitDue, admitGoverned } from '#platform/outbox/admission-store.ts'
import { unadmitOverdue } from '#platform/outbox/outbox-store.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { findExpiredLeases, findOrphanedLeases, lockInProgress } from './failure-store.ts'
import { attemptsOf, deleteFinishedBefore, findTask } from './task-query-store.ts'
import { cancelUnfinished, claimDue, completeHeld, extendLeases } from './task-store.ts'

// What runs all the time must not read tables from end to end once they have grown.

const ROWS = 20_000
const TENANT = randomUUID() as TenantId
const AGENT = randomUUID() as AgentId
const now = new Date('2026-01-02T00:00:00Z')

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  await db.query(
    `insert into tasks (id, tenant_id, kind, agent_id, priority, status, assigned_agent_id, attempt,
       attempt_token, lease_expires_at, max_retries, backoff_base_ms, backoff_cap_ms, run_at, tags,
       created_at, updated_at, finished_at)
     select gen_random_uuid(), $1, 'queued', $2, 2, s.status, $2, 1,
       case when s.status = 'IN_PROGRESS' then gen_random_uuid() end,
       case when s.status = 'IN_PROGRESS' then $3::timestamptz + n * interval '1 second' end,
       3, 0, 0, $3, '{}', $3::timestamptz + n * interval '1 second', $3,
       case when s.status = 'DONE' then $3::timestamptz + n * interval '1 second' end
     from generate_series(1, ${ROWS}) as n
     cross join lateral (select case n % 20 when 0 then 'IN_PROGRESS' when 1 then 'TODO'
       else 'DONE' end as status) as s`,
    [TENANT, AGENT, now],
  )
  await db.query(
    `insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, started_at)
     select id, 1, tenant_id, agent_id, 'running', $1 from tasks`,
    [now],
  )
  await db.query(
    `insert into outbox (task_id, tenant_id, agent_id, queue, priority, state, available_at, rank_at)
     select gen_random_uuid(), $1, $2, 'tasks.queue.' || n % 5, 2,
       case when n % 100 = 0 then 'admitted' else 'waiting' end,
       $3::timestamptz + n * interval '1 second', $3::timestamptz + n * interval '1 second'
     from generate_series(1, ${ROWS}) as n`,
    [TENANT, AGENT, now],
  )
  await db.query(
    `insert into events (tenant_id, type, subject_id, at, data)
     select tenant_id, 'task.created', id, $1, '{}' from tasks`,
    [now],
  )
  await db.query(
    `insert into broker_messages (id, tenant_id, queue, priority, headers, enqueued_at, available_at,
       expires_at)
     select gen_random_uuid(), $1, 'tasks.queue.' || n % 500, 2, '{}', $2, $2,
       $2::timestamptz + interval '1 day'
     from generate_series(1, ${ROWS}) as n`,
    [TENANT, now],
  )
  for (const table of ['tasks', 'attempts', 'outbox', 'events', 'broker_messages'])
    await db.query(`analyze ${table}`)
})
afterAll(() => database.drop())

/** Answers the plans of the statements that `work` asks for, which are not run. */
const plansOf = async (work: (tx: Tx) => Promise<unknown>): Promise<string> => {
  const plans: string[] = []
  const explaining: Queryable['query'] = async (sql, parameters) => {
    const rows = await db.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters)
    plans.push(...rows.map((row) => row['QUERY PLAN']))
    return []
  }
  await work({ isTransaction: true, query: explaining, script: async () => {} })
  return plans.join('\n')
}

const taskId = randomUUID() as TaskId
const token = randomUUID() as AttemptToken
const report = { taskId, tenantId: TENANT, agentId: AGENT, token }
const later = new Date(now.getTime() + 60_000)
const admission = { now, rowsMax: 100, windowPerQueue: 100, redeliverAt: later }
const lock = {
  queues: ['tasks.queue.7'],
  consumer: randomUUID(),
  limit: 10,
  now,
  lockedUntil: later,
}

const STATEMENTS: Record<string, (tx: Tx) => Promise<unknown>> = {
  claim: (tx) =>
    claimDue(
      tx,
      [{ ...report, agentName: 'a', capabilities: [], leaseExpiresAt: later, holder: null }],
      now,
    ),
  complete: (tx) =>
    completeHeld(
      tx,
      [{ ...report, result: null, cost: null, execution: null, failure: null }],
      now,
    ),
  heartbeat: (tx) => extendLeases(tx, [{ ...report, leaseExpiresAt: later }]),
  cancel: (tx) => cancelUnfinished(tx, { taskId, tenantId: TENANT, reason: null, now }),
  'lock for a verdict': (tx) => lockInProgress(tx, [taskId]),
  'find expired leases': (tx) => findExpiredLeases(tx, now, 500),
  'find orphaned leases': (tx) => findOrphanedLeases(tx, randomUUID(), 500),
  'read a task': (tx) => findTask(tx, TENANT, taskId),
  'read attempts': (tx) => attemptsOf(tx, TENANT, taskId),
  'delete old tasks': (tx) => deleteFinishedBefore(tx, now, 1_000),
  admit: (tx) => admitDue(tx, admission),
  'admit within limits': (tx) => admitGoverned(tx, admission),
  're-admit': (tx) => unadmitOverdue(tx, now, 500),
  'lock messages': (tx) => lockNext(tx, lock),
  'read new events': (tx) => readAfter(tx, { xact: '9999999', id: '1' }, 500),
  'read events of a subject': (tx) =>
    eventsOfSubject(tx, { tenantId: TENANT, subjectId: taskId, after: EVENT_START, limit: 100 }),
}

for (const [name, statement] of Object.entries(STATEMENTS))
  test(`${name}: grown tables → found by index`, async () => {
    const plans = await plansOf(statement)
    expect(plans).toMatch(/Index|Bitmap/)
    expect(plans).not.toMatch(/Seq Scan on (?:tasks|attempts|outbox|events|broker_messages)/)
  })
