import type {
  FailureCategory,
  ParsedRunListQuery,
  ParsedRunStepListQuery,
  RunId,
  StepId,
  TenantId,
} from '@cadre/contract'
import type { Queryable, SqlValue } from '#platform/db/db.ts'
import { RUN_COLUMNS, RUN_SUMMARY_COLUMNS, runOf, type RunRow } from './run-store.ts'
import { HAS_NOT_MOVED } from './run-watch-store.ts'
import type { RunRecord, StepKind, StepStatus } from './run.ts'

// What people read of runs. Every list goes along an index, a page at a time.

export const findRun = async (
  db: Queryable,
  tenantId: TenantId,
  id: RunId,
): Promise<(RunRecord & { output: unknown }) | null> => {
  const [row] = await db.query<RunRow & { output: unknown }>(
    `select ${RUN_COLUMNS}, r.output from workflow_runs as r where r.id = $1 and r.tenant_id = $2`,
    [id, tenantId],
  )
  return row === undefined ? null : { ...runOf(row), output: row.output ?? null }
}

export interface RunFilter extends Omit<ParsedRunListQuery, 'cursor' | 'needs_attention'> {
  /** Creation and id of the last run seen. */
  after: readonly [string, string] | null
  /** Runs that are held, or have not moved since then; null: all. */
  stuckSince: Date | null
}

/** One page, newest first; `limit` + 1 rows, so that the caller sees whether more follow. */
export const listRuns = async (
  db: Queryable,
  tenantId: TenantId,
  { limit, workflow, status, after, stuckSince }: RunFilter,
): Promise<RunRecord[]> => {
  // Only the filters given: each goes along its own index.
  const values: SqlValue[] = [tenantId, limit + 1]
  const given = (value: SqlValue): string => `$${values.push(value)}`
  const filters = [
    ...(workflow === undefined ? [] : [`r.workflow_name = ${given(workflow)}`]),
    ...(status === undefined ? [] : [`r.status = ${given(status)}`]),
    ...(after === null
      ? []
      : [`(r.created_at, r.id) < (${given(after[0])}::timestamptz, ${given(after[1])}::uuid)`]),
    ...(stuckSince === null ? [] : [NEEDS_ATTENTION(given(stuckSince))]),
  ]
  const rows = await db.query<RunRow>(
    `select ${RUN_SUMMARY_COLUMNS} from workflow_runs as r
     where r.tenant_id = $1 ${filters.map((filter) => `and ${filter}`).join(' ')}
     order by r.created_at desc, r.id desc limit $2`,
    values,
  )
  return rows.map(runOf)
}

/** A step of it is held, or nothing has moved although nobody and no clock is waited for. */
const NEEDS_ATTENTION = (since: string): string => `
  r.status in ('RUNNING', 'COMPENSATING') and (
    exists (select 1 from workflow_steps as s
      where s.run_id = r.id and s.tenant_id = r.tenant_id and s.status = 'HELD')
    or (${HAS_NOT_MOVED(since)}))`

export interface StepRecord {
  id: StepId
  runId: RunId
  step: string
  item: number
  isCompensation: boolean
  kind: StepKind
  status: StepStatus
  items: number | null
  itemsLeft: number | null
  message: string | null
  error: string | null
  category: FailureCategory | null
  attempts: number
  cost: string | null
  waitMs: number | null
  dueAt: Date | null
  decision: string | null
  decidedByName: string | null
  comment: string | null
  reusedFrom: string | null
  releasedAt: Date | null
  endedAt: Date | null
}

interface StepRow {
  id: string
  run_id: string
  step: string
  item: number
  is_compensation: boolean
  kind: StepKind
  status: StepStatus
  items: number | null
  items_left: number | null
  message: string | null
  error: string | null
  category: FailureCategory | null
  attempts: number
  cost: string | null
  wait_ms: number | null
  due_at: Date | null
  decision: string | null
  decided_by_name: string | null
  comment: string | null
  reused_from: string | null
  released_at: Date | null
  ended_at: Date | null
}

const STEP_COLUMNS = `s.id, s.run_id, s.step, s.item, s.is_compensation, s.kind, s.status, s.items,
  s.items_left, s.message, s.error, s.category, s.attempts, s.cost, s.wait_ms, s.due_at,
  s.decision, s.decided_by_name, s.comment, s.reused_from, s.released_at, s.ended_at`

const stepOf = (row: StepRow): StepRecord => ({
  id: row.id as StepId,
  runId: row.run_id as RunId,
  step: row.step,
  item: row.item,
  isCompensation: row.is_compensation,
  kind: row.kind,
  status: row.status,
  items: row.items,
  itemsLeft: row.items_left,
  message: row.message,
  error: row.error,
  category: row.category,
  attempts: row.attempts,
  cost: row.cost,
  waitMs: row.wait_ms === null ? null : Number(row.wait_ms),
  dueAt: row.due_at,
  decision: row.decision,
  decidedByName: row.decided_by_name,
  comment: row.comment,
  reusedFrom: row.reused_from,
  releasedAt: row.released_at,
  endedAt: row.ended_at,
})

export interface StepFilter extends Omit<ParsedRunStepListQuery, 'cursor'> {
  /** Step, compensation and item of the last one seen. */
  after: readonly [string, string, string] | null
}

/** One page in the order of their names; `limit` + 1 rows. */
export const listSteps = async (
  db: Queryable,
  runId: RunId,
  { limit, step, status, with_items, is_compensation, after }: StepFilter,
): Promise<StepRecord[]> => {
  const rows = await db.query<StepRow>(
    `select ${STEP_COLUMNS} from workflow_steps as s
     where s.run_id = $1 and ($2::text is null or s.step = $2)
       and ($3::text is null or s.status = $3) and ($4::boolean or s.item = -1)
       and ($5::text is null
         or (s.step, s.is_compensation, s.item) > ($5, $6::boolean, $7::integer))
       and ($9::boolean is null or s.is_compensation = $9)
     order by s.step, s.is_compensation, s.item limit $8`,
    [
      runId,
      step ?? null,
      status ?? null,
      with_items,
      after?.[0] ?? null,
      after === null ? null : after[1] === 'true',
      after === null ? null : Number(after[2]),
      limit + 1,
      is_compensation ?? null,
    ],
  )
  return rows.map(stepOf)
}

export interface StepPayloads {
  input: unknown
  output: unknown
}

/** A step with what it worked on and what came of it. */
export const findStep = async (
  db: Queryable,
  runId: RunId,
  stepId: StepId,
): Promise<(StepRecord & StepPayloads) | null> => {
  const [row] = await db.query<StepRow & { input: unknown; output: unknown }>(
    `select ${STEP_COLUMNS}, coalesce(s.input, t.input, c.trigger) as input,
       coalesce(s.output, t.result, c.output) as output
     from workflow_steps as s left join tasks as t on t.id = s.id
       left join workflow_runs as c on c.id = s.id
     where s.id = $2 and s.run_id = $1`,
    [runId, stepId],
  )
  return row === undefined
    ? null
    : { ...stepOf(row), input: row.input ?? null, output: row.output ?? null }
}

/** Counts of whole steps by state. */
export const countSteps = async (
  db: Queryable,
  runId: RunId,
): Promise<{ status: StepStatus; isCompensation: boolean; steps: number; cost: string }[]> => {
  const rows = await db.query<{
    status: StepStatus
    is_compensation: boolean
    steps: number
    cost: string
  }>(
    `select status, is_compensation, count(*)::integer as steps, coalesce(sum(cost), 0) as cost
     from workflow_steps
     where run_id = $1 and (item = -1 or is_compensation)
     group by status, is_compensation`,
    [runId],
  )
  return rows.map(({ status, is_compensation, steps, cost }) => ({
    status,
    isCompensation: is_compensation,
    steps,
    cost,
  }))
}

/** How many compensations of each step are still to come. */
export const countRecorded = async (
  db: Queryable,
  runId: RunId,
): Promise<{ step: string; count: number }[]> =>
  db.query<{ step: string; count: number }>(
    `select step, count(*)::integer as count from workflow_steps
     where run_id = $1 and status = 'RECORDED' group by step`,
    [runId],
  )

/** Approvals that a tenant's people are asked for, the oldest first; `limit` + 1 rows. */
export const listApprovals = async (
  db: Queryable,
  tenantId: TenantId,
  { limit, after }: { limit: number; after: readonly [string] | null },
): Promise<{ step: StepRecord & StepPayloads; run: RunRecord }[]> => {
  const rows = await db.query<StepRow & { input: unknown; run: RunRow }>(
    `select ${STEP_COLUMNS}, s.input from workflow_steps as s
     where s.tenant_id = $1 and s.kind = 'approval' and s.status = 'RUNNING'
       and ($2::uuid is null or s.id > $2)
     order by s.id limit $3`,
    [tenantId, after?.[0] ?? null, limit + 1],
  )
  const runs = await db.query<RunRow>(
    `select ${RUN_SUMMARY_COLUMNS} from workflow_runs as r where r.id = any ($1::uuid[])`,
    [rows.map((row) => row.run_id)],
  )
  const byId = new Map(runs.map((row) => [row.id, runOf(row)]))
  return rows.flatMap((row) => {
    const run = byId.get(row.run_id)
    const step = { ...stepOf(row), input: row.input ?? null, output: null }
    return run === undefined ? [] : [{ step, run }]
  })
}
