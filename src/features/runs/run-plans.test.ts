import { randomUUID } from 'node:crypto'
import type { RunId, ScheduleId, StepId, TaskId, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db, Tx } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { pagesRead, plansOf } from '../../../test/support/plans.ts'
import { listApprovals, findRun, listRuns, listSteps } from './run-query-store.ts'
import { removeFamilies } from './run-retention-store.ts'
import { noteSchedules, schedulesWithUnfinishedRuns, statusesOfRuns } from './run-schedule-store.ts'
import { findEarlySignals, findWaitingFor } from './run-signal-store.ts'
import {
  closeRuns,
  findAddressees,
  findOrigins,
  lockRuns,
  takeMessages,
  writeMoved,
} from './run-store.ts'
import { findDueRuns, findDueSteps, nextDue } from './run-timer-store.ts'
import { countStuck, markStuck } from './run-watch-store.ts'
import {
  countDownItems,
  countDownNeeds,
  findNextItems,
  findOpenFanOuts,
  findReady,
} from './step-counts-store.ts'
import {
  cancelOpenSteps,
  dropNeedlessCompensations,
  findDueCompensations,
  findUndoable,
} from './step-end-store.ts'
import { endFanOuts, findOutcomes } from './step-outcome-store.ts'
import { endChildSteps, endSteps, endTaskSteps } from './step-store.ts'

// What moves runs must not read tables from end to end once they have grown.

const STEPS = 300_000
const RUNS = 30_000
const PAGES_MAX = 1_500
const SEED_MS_MAX = 300_000
const TENANT = randomUUID() as TenantId
const scheduleId = randomUUID() as ScheduleId
const now = new Date('2026-01-02T00:00:00Z')

/** Rows `$3` to `$4` of each table; `$1` is the tenant, `$2` the time. A run has ten steps. */
const SEEDS: Record<string, { rows: number; sql: string }> = {
  workflow_runs: {
    rows: RUNS,
    sql: `insert into workflow_runs (id, tenant_id, workflow_id, workflow_name, workflow_version,
        status, is_paused, trigger_kind, trigger, payload, cost, nesting, created_by,
        created_by_name, created_at, updated_at, finished_at)
      select md5('run ' || n)::uuid, $1, $1, 'workflow-' || n % 50, '1.0.0',
        case when n % 100 = 0 then 'RUNNING' else 'COMPLETED' end, false, 'api', '{}', '{}', 0, 0,
        $1, 'somebody', $2::timestamptz + n * interval '1 second', $2,
        case when n % 100 <> 0 then $2::timestamptz + n * interval '1 second' end
      from generate_series($3::int, $4::int) as n`,
  },
  workflow_steps: {
    rows: STEPS,
    sql: `insert into workflow_steps (id, run_id, tenant_id, step, item, is_compensation, kind,
        status, depth, due_at, released_at, ended_at)
      select md5('step ' || n)::uuid, md5('run ' || (n / 10))::uuid, $1, 'step_' || n % 10, -1,
        false, case when n % 10 = 9 then 'approval' else 'agent' end,
        case when (n / 10) % 100 = 0 then 'RUNNING' else 'DONE' end, n % 10,
        case when (n / 10) % 100 = 0 then $2::timestamptz + n * interval '1 hour' end, $2, $2
      from generate_series($3::int, $4::int) as n`,
  },
  run_signals: {
    rows: RUNS,
    sql: `insert into run_signals (run_id, tenant_id, name, sent_by_name, at)
      select md5('run ' || n)::uuid, $1, 'signal', 'somebody', $2
      from generate_series($3::int, $4::int) as n`,
  },
  run_messages: {
    rows: RUNS,
    sql: `insert into run_messages (run_id, tenant_id, kind, body)
      select $1, $1, 'cancel', '{}'
      from generate_series($3::int, $4::int) as n where $2::timestamptz is not null`,
  },
}
const ROWS_PER_STEP = 20_000

let database: TestDatabase
let db: Db
let runId: RunId
let stepId: StepId
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  for (const [table, { rows, sql }] of Object.entries(SEEDS)) {
    for (let first = 1; first <= rows; first += ROWS_PER_STEP)
      await db.query(sql, [TENANT, now, first, first + ROWS_PER_STEP - 1])
    await db.query(`analyze ${table}`)
  }
  const [open] = await db.query<{ id: string; run_id: string }>(
    `select id, run_id from workflow_steps where status = 'RUNNING' limit 1`,
  )
  runId = open?.run_id as RunId
  stepId = open?.id as StepId
}, SEED_MS_MAX)
afterAll(() => database.drop())

const count = () => ({
  id: randomUUID() as StepId,
  runId,
  tenantId: TENANT,
  step: 'step_3',
  kind: 'agent' as const,
  depth: 3,
  needs: 2,
  ended: 1,
})
const listing = { limit: 20, after: null, stuckSince: null }
const end = () => ({
  id: stepId,
  status: 'DONE' as const,
  output: null,
  error: null,
  category: null,
  cost: null,
  decision: null,
})

const STATEMENTS: Record<string, (tx: Tx) => Promise<unknown>> = {
  'lock runs': (tx) => lockRuns(tx, [runId]),
  'find origins': (tx) => findOrigins(tx, [runId]),
  'write what moved': (tx) => writeMoved(tx, { runs: [], events: [] }, now),
  'close runs': (tx) => closeRuns(tx, [runId], now),
  'end steps that are tasks': (tx) => endTaskSteps(tx, [stepId as string as TaskId], now),
  'end steps that are runs': (tx) => endChildSteps(tx, [runId], now),
  'end steps': (tx) => endSteps(tx, [end()], now),
  'count down needs': (tx) => countDownNeeds(tx, [count()]),
  'count down elements': (tx) => countDownItems(tx, [{ runId, step: 'step_3', ended: 1 }]),
  'find next elements': (tx) => findNextItems(tx, [{ runId, step: 'step_3', items: 3 }]),
  'find open fan-outs': (tx) => findOpenFanOuts(tx, [runId]),
  'find what is ready': (tx) => findReady(tx, [runId]),
  'read outcomes': (tx) => findOutcomes(tx, [{ runId, step: 'step_3' }]),
  'end fan-outs': (tx) => endFanOuts(tx, [stepId], { now, bytesMax: 1_000 }),
  'cancel open steps': (tx) => cancelOpenSteps(tx, [runId], now),
  'drop compensations': (tx) => dropNeedlessCompensations(tx, [runId], now),
  'find due compensations': (tx) => findDueCompensations(tx, [runId]),
  'find what can be undone': (tx) => findUndoable(tx, [runId]),
  'find early signals': (tx) => findEarlySignals(tx, [runId]),
  'find who waits for a signal': (tx) => findWaitingFor(tx, runId, 'signal'),
  'find due steps': (tx) => findDueSteps(tx, now, 200),
  'find due runs': (tx) => findDueRuns(tx, now, 200),
  'find when the next is due': (tx) => nextDue(tx),
  'find addressees': (tx) => findAddressees(tx, 100),
  'take messages': (tx) => takeMessages(tx, [runId]),
  'read a run': (tx) => findRun(tx, TENANT, runId),
  'list runs': (tx) => listRuns(tx, TENANT, listing),
  'list runs of a workflow': (tx) => listRuns(tx, TENANT, { ...listing, workflow: 'workflow-7' }),
  'list runs that go on': (tx) => listRuns(tx, TENANT, { ...listing, status: 'RUNNING' }),
  'list runs that are stuck': (tx) => listRuns(tx, TENANT, { ...listing, stuckSince: now }),
  'list steps': (tx) => listSteps(tx, runId, { limit: 100, after: null, with_items: true }),
  'list approvals': (tx) => listApprovals(tx, TENANT, { limit: 20, after: null }),
  'mark stuck runs': (tx) => markStuck(tx, { since: now, now, rowsMax: 100 }),
  'count stuck runs': (tx) => countStuck(tx),
  'note schedules': (tx) => noteSchedules(tx, [{ runId, scheduleId }]),
  'schedules with unfinished runs': (tx) => schedulesWithUnfinishedRuns(tx, [scheduleId]),
  'statuses of runs': (tx) => statusesOfRuns(tx, [runId]),
  'remove old runs': (tx) => removeFamilies(tx, new Date(now.getTime() + 60_000), 20),
}

/** What requests ask for as their tenant: row-level security must not turn the plans. */
const OF_TENANT = /^(?:read a run|list|statuses of runs)/

for (const [name, statement] of Object.entries(STATEMENTS))
  test(`${name}: 300,000 steps → found by index, few pages read`, async () => {
    for (const on of OF_TENANT.test(name) ? [db, db.ofTenant(TENANT)] : [db]) {
      const plans = await plansOf(on, statement)
      expect(plans).not.toMatch(
        /Seq Scan on (?:tasks|attempts|workflow_runs|workflow_steps|run_signals|run_messages)/,
      )
      expect(pagesRead(plans)).toBeLessThan(PAGES_MAX)
    }
  })
