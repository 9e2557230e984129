import { randomUUID } from 'node:crypto'
import type { AgentId, AttemptToken, TaskId, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  deleteMessages,
  freeExpiredLocks,
  insertMessages,
  lockNext,
  releaseMessages,
} from '#platform/broker/postgres-broker-store.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { EVENT_START, eventsOfSubject, readAfter, readPage } from '#platform/events/event-store.ts'
import { admitDue, admitGoverned } from '#platform/outbox/admission-store.ts'
import { findAdmitted, unadmit, unadmitOverdue } from '#platform/outbox/outbox-store.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { messageTo } from '../../../test/support/message-form.ts'
import { pagesRead, plansOf } from '../../../test/support/plans.ts'
import { anyTask } from '../../../test/support/any-task.ts'
import { cancelStepTasks, forbidRetries, runsOfTasks } from './run-task-store.ts'
import {
  findExpiredLeases,
  findLeasesOfInstance,
  findOrphanedLeases,
  lockInProgress,
} from './failure-store.ts'
import { attemptsOf, deleteFinishedBefore, findTask, listTasks } from './task-query-store.ts'
import {
  findOverrunAttempts,
  findExpiredOfRuns,
  lockExpired,
  nextTimeLimit,
  writeExpiries,
} from './time-limit-store.ts'
import { insertTasks, type NewTask } from './task-insert-store.ts'
import { cancelUnfinished, claimDue, completeHeld, extendLeases } from './task-store.ts'

// What runs all the time must not read tables from end to end once they have grown.

const ROWS = 1_000_000
/** Each of the tables has tens of thousands. A sweep takes up to a thousand rows. */
const PAGES_MAX = 9_000
const SEED_MS_MAX = 300_000
const TENANT = randomUUID() as TenantId
const OTHER_TENANT = randomUUID() as TenantId
const AGENT = randomUUID() as AgentId
const now = new Date('2026-01-02T00:00:00Z')

/** In the order of time, as ids of Cadre are. */
const id = `('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`
/** Rows `$4` to `$5` of each table; `$1` is the tenant, `$2` the agent, `$3` the time. */
const SEEDS = {
  tasks: `insert into tasks (id, tenant_id, kind, agent_id, priority, status, assigned_agent_id,
      attempt, attempt_token, lease_expires_at, max_retries, backoff_base_ms, backoff_cap_ms,
      run_at, tags, created_at, updated_at, finished_at)
    select ${id}, $1, 'queued', $2, 2, s.status, $2, 1,
      case when s.status = 'IN_PROGRESS' then gen_random_uuid() end,
      case when s.status = 'IN_PROGRESS' then $3::timestamptz + n * interval '1 second' end,
      3, 0, 0, $3, '{}', $3::timestamptz + n * interval '1 second', $3,
      case when s.status = 'DONE' then $3::timestamptz + n * interval '1 second' end
    from generate_series($4::int, $5::int) as n
    cross join lateral (select case n % 200 when 0 then 'IN_PROGRESS' when 1 then 'TODO'
      else 'DONE' end as status) as s`,
  attempts: `insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, started_at)
    select ${id}, 1, $1, $2, 'done', $3 from generate_series($4::int, $5::int) as n`,
  outbox: `insert into outbox (task_id, tenant_id, agent_id, queue, priority, state, available_at,
      rank_at)
    select ${id}, $1, $2, 'tasks.queue.' || n % 5, 2,
      case when n % 1000 = 0 then 'admitted' else 'waiting' end,
      $3::timestamptz + n * interval '1 second', $3::timestamptz + n * interval '1 second'
    from generate_series($4::int, $5::int) as n`,
  events: `insert into events (tenant_id, type, subject_id, at, data)
    select $1, 'task.created', $2::uuid, $3, '{}' from generate_series($4::int, $5::int)`,
  broker_messages: `insert into broker_messages (id, tenant_id, queue, priority, headers,
      enqueued_at, available_at, expires_at)
    select coalesce($2, gen_random_uuid()), $1, 'tasks.queue.' || n % 500, 2, '{}', $3, $3,
      $3::timestamptz + interval '1 day'
    from generate_series($4::int, $5::int) as n`,
}
/** A second tenant in one of the queues: what is admitted there has to be put in another order. */
const MEETING = `insert into outbox (task_id, tenant_id, agent_id, queue, priority, state,
    available_at, rank_at, level)
  select gen_random_uuid(), $1, $2, 'tasks.queue.0', 2,
    case when n % 2 = 0 then 'admitted' else 'waiting' end, $3, $3, case when n % 2 = 0 then 9 end
  from generate_series(1, 100) as n`
/** Long transactions would keep back the events of all other databases of the server. */
const ROWS_PER_STEP = 20_000

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  for (const [table, sql] of Object.entries(SEEDS)) {
    const indexes = await dropIndexes(table)
    for (let first = 1; first <= ROWS; first += ROWS_PER_STEP)
      await db.query(sql, [TENANT, AGENT, now, first, first + ROWS_PER_STEP - 1])
    for (const index of indexes) await db.query(index)
    await db.query(`analyze ${table}`)
  }
  await db.query(MEETING, [OTHER_TENANT, AGENT, now])
}, SEED_MS_MAX)
afterAll(() => database.drop())

/** Indexes but for the constraints'; built at once they take less than row by row. @returns their SQL */
const dropIndexes = async (table: string): Promise<string[]> => {
  const indexes = await db.query<{ name: string; sql: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as sql from pg_index
     where indrelid = $1::regclass
       and not exists (select 1 from pg_constraint where conindid = indexrelid)`,
    [table],
  )
  for (const { name } of indexes) await db.query(`drop index ${name}`)
  return indexes.map(({ sql }) => sql)
}

const taskId = randomUUID() as TaskId
const token = randomUUID() as AttemptToken
const report = { taskId, tenantId: TENANT, agentId: AGENT, token }
const later = new Date(now.getTime() + 60_000)
const leads = [TENANT, OTHER_TENANT].map((tenantId, lead) => ({
  queue: 'tasks.queue.0',
  tenantId,
  lead,
}))
const admission = { now, rowsMax: 100, windowPerQueue: 100, redeliverAt: later, leads }
const lock = {
  queues: ['tasks.queue.7'],
  consumer: randomUUID(),
  limit: 10,
  now,
  lockedUntil: later,
}

const message = () =>
  messageTo('tasks.queue.7', taskId, null, { tenantId: TENANT, expiresAt: later })
const listing = {
  limit: 20,
  sort_by: 'created_at',
  sort_order: 'desc',
  agentId: null,
  after: null,
} as const
const page = { limit: 500, types: ['task.cancelled'] as const }

/** For the queue with the deepest window, where much waits that is not due yet. */
const newTask = (): NewTask => ({
  task: { ...anyTask(TENANT, now), agentId: AGENT },
  inputText: 'null',
  queue: 'tasks.queue.0',
  agentName: 'a',
  isAdmissible: true,
  isAgentLimited: false,
  isQueueShared: true,
})

const STATEMENTS: Record<string, (tx: Tx) => Promise<unknown>> = {
  create: (tx) => insertTasks(tx, [newTask()], { now, windowPerQueue: 500, redeliverAt: later }),
  'put back what was admitted': (tx) => unadmit(tx, [taskId], now),
  'see what is still admitted': (tx) => findAdmitted(tx, [taskId]),
  'publish messages': (tx) =>
    insertMessages(tx, [message()], now, { consumers: new Map(), lockedUntil: later }),
  'acknowledge messages': (tx) => deleteMessages(tx, [1, 2, 3]),
  'give messages back': (tx) =>
    releaseMessages(tx, [
      { seq: 1, consumer: randomUUID(), availableAt: now, refusal: { at: '', reason: '' } },
    ]),
  'free locks of the gone': (tx) => freeExpiredLocks(tx, now),
  'read a page of events': (tx) => readPage(tx, { xact: '1', id: '1' }, page),
  claim: (tx) =>
    claimDue(
      tx,
      [
        {
          ...report,
          agentName: 'a',
          capabilities: [],
          leaseExpiresAt: later,
          holder: null,
          instance: null,
        },
      ],
      now,
    ),
  complete: (tx) =>
    completeHeld(
      tx,
      [{ ...report, result: null, cost: null, execution: null, failure: null }],
      now,
      'ordinary',
    ),
  'complete steps of runs': (tx) =>
    completeHeld(
      tx,
      [{ ...report, result: null, cost: null, execution: null, failure: null }],
      now,
      'of_runs',
    ),
  'runs of tasks': (tx) => runsOfTasks(tx, [taskId]),
  'cancel steps of runs': (tx) =>
    cancelStepTasks(tx, [taskId], { reason: 'r', now, inProgress: 'cancel' }),
  'forbid retries': (tx) => forbidRetries(tx, [taskId]),
  heartbeat: (tx) => extendLeases(tx, [{ ...report, leaseExpiresAt: later }], now),
  cancel: (tx) => cancelUnfinished(tx, { taskId, tenantId: TENANT, reason: null, now }),
  'lock for a verdict': (tx) => lockInProgress(tx, [taskId]),
  'find expired leases': (tx) => findExpiredLeases(tx, now, 500),
  'find leases of a process': (tx) =>
    findLeasesOfInstance(tx, { agentId: AGENT, instance: randomUUID() }, 500),
  'find orphaned leases': (tx) => findOrphanedLeases(tx, randomUUID(), 500),
  'find overrun attempts': (tx) => findOverrunAttempts(tx, now, 500),
  'lock expired tasks': (tx) => lockExpired(tx, now, { rowsMax: 500 }),
  'lock expired steps': (tx) => lockExpired(tx, now, { rowsMax: 500, ofRuns: [taskId] }),
  'find expired steps': (tx) => findExpiredOfRuns(tx, now, 500),
  'write expiries': (tx) => writeExpiries(tx, [{ taskId, error: 'e', fingerprint: 'f' }], now),
  'find the next time limit': (tx) => nextTimeLimit(tx),
  'list tasks': (tx) => listTasks(tx, TENANT, listing),
  'list tasks of an agent': (tx) => listTasks(tx, TENANT, { ...listing, agentId: AGENT }),
  'list more tasks by time': (tx) =>
    listTasks(tx, TENANT, { ...listing, after: [now.toISOString(), taskId] }),
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

/** What requests ask for as their tenant: row-level security must not turn the plans. */
const OF_TENANT = new Set([
  'list tasks',
  'list tasks of an agent',
  'list more tasks by time',
  'read a task',
  'read attempts',
  'read events of a subject',
  'cancel',
])

for (const [name, statement] of Object.entries(STATEMENTS))
  test(`${name}: a million rows → found by index, few pages read`, async () => {
    for (const on of OF_TENANT.has(name) ? [db, db.ofTenant(TENANT)] : [db]) {
      const plans = await plansOf(on, statement)
      expect(plans).not.toMatch(/Seq Scan on (?:tasks|attempts|outbox|events|broker_messages)/)
      expect(pagesRead(plans)).toBeLessThan(PAGES_MAX)
    }
  })
