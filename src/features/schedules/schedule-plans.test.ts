import { randomUUID } from 'node:crypto'
import type { ScheduleId, TaskId, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schedulesWithUnfinishedTasks, statusesOfTasks } from '#features/tasks/index.ts'
import type { Db, Queryable, Tx } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { insertRuns, latestRunOfEach, latestRuns } from './schedule-run-store.ts'
import {
  findDueSchedules,
  listSchedules,
  lockUnchanged,
  moveSchedules,
  nextDueAt,
} from './schedule-store.ts'
import type { ScheduleRecord } from './schedule.ts'

// What every firing does must not read tables from end to end once they have grown.

const ROWS = 20_000
const TENANT = randomUUID() as TenantId
const now = new Date('2026-01-02T00:00:00Z')
const id = randomUUID() as ScheduleId

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  await db.query(
    `insert into schedules (id, tenant_id, name, every_ms, time_zone, task, missed_runs, overlap,
       jitter_ms, is_paused, next_run_at, created_by, created_at, updated_at)
     select gen_random_uuid(), $1, 'schedule ' || n, 60000, 'UTC', '{}', 'skip', 'allow', 0, false,
       $2::timestamptz + n * interval '1 second', $1, $2::timestamptz + n * interval '1 second', $2
     from generate_series(1, ${ROWS}) as n`,
    [TENANT, now],
  )
  await db.query(
    `insert into schedule_runs (schedule_id, due_at, tenant_id, outcome, is_manual, runs, fired_at)
     select id, $1::timestamptz + n * interval '1 minute', tenant_id, 'created', false, 1, $1
     from schedules, generate_series(1, 3) as n`,
    [now],
  )
  await db.query(
    `insert into tasks (id, tenant_id, kind, capability, priority, status, max_retries,
       backoff_base_ms, backoff_cap_ms, run_at, tags, created_at, updated_at, schedule_id)
     select gen_random_uuid(), tenant_id, 'queued', 'x', 2, 'DONE', 3, 0, 0, $1, '{}', $1, $1, id
     from schedules`,
    [now],
  )
  for (const table of ['schedules', 'schedule_runs', 'tasks']) await db.query(`analyze ${table}`)
})
afterAll(() => database.drop())

const plansOf = async (work: (tx: Tx) => Promise<unknown>): Promise<string> => {
  const plans: string[] = []
  const explaining: Queryable['query'] = async (sql, parameters) => {
    const rows = await db.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters)
    plans.push(...rows.map((row) => row['QUERY PLAN']))
    return []
  }
  await work({
    isTransaction: true,
    query: explaining,
    notify: () => {},
    script: async () => {},
    afterCommit: () => {},
  })
  return plans.join('\n')
}

const run = {
  scheduleId: id,
  tenantId: TENANT,
  dueAt: now,
  outcome: 'created' as const,
  isManual: false,
  taskId: null,
  runId: null,
  error: null,
  runs: 1,
  firedAt: now,
}
const read = { id, nextRunAt: now, updatedAt: now } as ScheduleRecord

const STATEMENTS: Record<string, (tx: Tx) => Promise<unknown>> = {
  'find what is due': (tx) => findDueSchedules(tx, { now, rowsMax: 100, suspended: [] }),
  'find the next due time': (tx) => nextDueAt(tx, []),
  'lock what is unchanged': (tx) => lockUnchanged(tx, [read]),
  'move on': (tx) => moveSchedules(tx, [{ id, next: now }]),
  'note runs': (tx) => insertRuns(tx, [run]),
  'latest runs': (tx) => latestRuns(tx, id, 20),
  'latest run of each': (tx) => latestRunOfEach(tx, [id]),
  list: (tx) => listSchedules(tx, TENANT, { limit: 20, after: null }),
  'unfinished tasks of schedules': (tx) => schedulesWithUnfinishedTasks(tx, [id]),
  'statuses of tasks': (tx) => statusesOfTasks(tx, [randomUUID() as TaskId]),
}

for (const [name, statement] of Object.entries(STATEMENTS))
  test(`${name}: grown tables → found by index`, async () => {
    const plans = await plansOf(statement)
    expect(plans).toMatch(/Index|Bitmap/)
    expect(plans).not.toMatch(/Seq Scan on (?:schedules|schedule_runs|tasks)/)
  })
