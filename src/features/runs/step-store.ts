import type { FailureCategory, RunId, StepId, TaskId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'
import type { EndedStep, StepWrite } from './run.ts'

// Rows of steps, written by whoever holds the lock of their run. Every statement is for any number
// of runs at once.

/**
 * Writes steps: new ones, and what was decided about those that waited.
 * The count of a join's needs is left as it is.
 */
export const writeSteps = async (tx: Tx, steps: readonly StepWrite[]): Promise<void> => {
  await tx.query(
    `insert into workflow_steps (id, run_id, tenant_id, step, item, is_compensation, is_holding,
       kind, status, depth, items, items_left, input, output, message, error, category, due_at,
       released_at, ended_at)
     select n.id, n.run_id, n.tenant_id, n.step, n.item, n.is_compensation, n.is_holding, n.kind,
       n.status, n.depth, n.items, n.items, n.input, n.output, n.message, n.error, n.category,
       n.due_at, n.released_at, n.ended_at
     from json_to_recordset($1::json) as n (id uuid, run_id uuid, tenant_id uuid, step text,
       item integer, is_compensation boolean, is_holding boolean, kind text, status text,
       depth integer, items integer, input json, output json, message text, error text,
       category text, due_at timestamptz, released_at timestamptz, ended_at timestamptz)
     on conflict (id) do update set kind = excluded.kind, status = excluded.status,
       is_holding = excluded.is_holding, items = excluded.items, items_left = excluded.items_left,
       input = excluded.input, output = excluded.output, message = excluded.message,
       error = excluded.error, category = excluded.category, due_at = excluded.due_at,
       released_at = excluded.released_at, ended_at = excluded.ended_at`,
    [JSON.stringify(steps.map(writable))],
  )
}

const writable = (step: StepWrite) => ({
  id: step.id,
  run_id: step.runId,
  tenant_id: step.tenantId,
  step: step.step,
  item: step.item,
  is_compensation: step.isCompensation,
  is_holding: step.isHolding,
  kind: step.kind,
  status: step.status,
  depth: step.depth,
  items: step.items ?? undefined,
  // Null and absent are the same to a reader, and most steps have neither.
  input: step.input ?? undefined,
  output: step.output ?? undefined,
  message: step.message ?? undefined,
  error: step.error ?? undefined,
  category: step.category ?? undefined,
  due_at: step.dueAt ?? undefined,
  released_at: step.releasedAt ?? undefined,
  ended_at: step.endedAt ?? undefined,
})

export interface EndedRow {
  id: string
  run_id: string
  step: string
  item: number
  is_compensation: boolean
  status: EndedStep['status']
  error: string | null
  category: FailureCategory | null
  attempts: number
  cost: string | null
  wait_ms: number | null
  duration_ms: number | null
}

export const ENDED_COLUMNS = `s.id, s.run_id, s.step, s.item, s.is_compensation, s.status, s.error,
  s.category, s.attempts, s.cost, s.wait_ms,
  extract(epoch from s.ended_at - s.released_at) * 1000 as duration_ms`

export const endedOf = (row: EndedRow): EndedStep => ({
  id: row.id as StepId,
  runId: row.run_id as RunId,
  step: row.step,
  item: row.item,
  isCompensation: row.is_compensation,
  status: row.status,
  error: row.error,
  category: row.category,
  attempts: row.attempts,
  cost: row.cost,
  waitMs: row.wait_ms === null ? null : Number(row.wait_ms),
  durationMs: row.duration_ms === null ? null : Number(row.duration_ms),
})

/** Ends the steps that these tasks are, as the tasks ended. Steps that had ended are left out. */
export const endTaskSteps = async (
  tx: Tx,
  taskIds: readonly TaskId[],
  now: Date,
): Promise<EndedStep[]> => {
  const rows = await tx.query<EndedRow>(
    `with t as materialized (
       select id, status, last_error, last_error_category, attempt, cost, started_at, created_at,
         array['RUNNING', 'HELD'] as open
       from tasks where id = any ($1::uuid[]))
     update workflow_steps as s set
       status = case when t.status = 'DONE' then 'DONE'
         when t.status = 'CANCELLED' then 'FAILED'
         when s.is_holding then 'HELD' else 'FAILED' end,
       error = case when t.status = 'QUARANTINED' then t.last_error
         when t.status = 'CANCELLED' then 'The task was cancelled.' end,
       category = case when t.status = 'QUARANTINED' then t.last_error_category
         when t.status = 'CANCELLED' then 'permanent' end,
       attempts = t.attempt, cost = t.cost,
       wait_ms = extract(epoch from t.started_at - t.created_at) * 1000, ended_at = $2
     from t
     where s.id = any ($1::uuid[]) and t.id = s.id and s.status = any (t.open)
       and t.status in ('DONE', 'QUARANTINED', 'CANCELLED')
     returning ${ENDED_COLUMNS}`,
    [taskIds, now],
  )
  return rows.map(endedOf)
}

/** Ends the steps that these runs are, of the runs above them, once they are closed. */
export const endChildSteps = async (
  tx: Tx,
  childIds: readonly RunId[],
  now: Date,
): Promise<EndedStep[]> => {
  const rows = await tx.query<EndedRow>(
    `with c as materialized (
       select s.id, r.status, r.output, r.cost,
         coalesce(r.error, 'The run ' || r.id || ' ended ' || r.status || '.') as error
       from unnest($1::uuid[]) as w (id)
         cross join lateral (select * from workflow_runs where id = w.id offset 0) as r
         cross join lateral (select * from workflow_steps where id = w.id offset 0) as a
         cross join lateral (
           select id, status from workflow_steps as s
           where s.run_id = r.parent_run_id and s.step = a.step and s.item = a.item
             and (s.id = r.id or s.is_compensation)
           offset 0) as s
       where r.status not in ('RUNNING', 'COMPENSATING') and s.status in ('RUNNING', 'HELD'))
     update workflow_steps as s set
       status = case when s.is_compensation or c.status = 'COMPLETED' then 'DONE' else 'FAILED' end,
       output = case when s.is_compensation then null else c.output end,
       error = case when not s.is_compensation and c.status <> 'COMPLETED' then c.error end,
       category = case when not s.is_compensation and c.status <> 'COMPLETED'
         then 'permanent' end,
       cost = case when not s.is_compensation then c.cost end, ended_at = $2
     from c where s.id = any (array(select id from c)) and s.id = c.id
     returning ${ENDED_COLUMNS}`,
    [childIds, now],
  )
  return rows.map(endedOf)
}

export interface StepEnd {
  id: StepId
  status: 'DONE' | 'FAILED' | 'SKIPPED' | 'CANCELLED'
  output: unknown
  error: string | null
  category: FailureCategory | null
  cost: string | null
  decision: Decision | null
}

/** What a person decided about a step. */
export interface Decision {
  kind: string
  byId: string
  byName: string
  comment: string | null
}

/** Ends steps that are no tasks, or that a person decides about. Those that had ended are left out. */
export const endSteps = async (
  tx: Tx,
  ends: readonly StepEnd[],
  now: Date,
): Promise<EndedStep[]> => {
  const rows = await tx.query<EndedRow>(
    `update workflow_steps as s set status = e.status, output = e.output, error = e.error,
       category = e.category, cost = coalesce(e.cost, s.cost), decision = e.decision,
       decided_by = e.by_id, decided_by_name = e.by_name, comment = e.comment, ended_at = $2
     from json_to_recordset($1::json) as e (id uuid, status text, output json, error text,
       category text, cost numeric, decision text, by_id uuid, by_name text, comment text)
     where s.id = any ($3::uuid[]) and s.id = e.id
       and s.status in ('WAITING', 'RUNNING', 'HELD', 'RECORDED')
     returning ${ENDED_COLUMNS}`,
    [
      JSON.stringify(
        ends.map(({ decision, ...end }) => ({
          ...end,
          output: end.output ?? undefined,
          decision: decision?.kind,
          by_id: decision?.byId,
          by_name: decision?.byName,
          comment: decision?.comment,
        })),
      ),
      now,
      ends.map(({ id }) => id),
    ],
  )
  return rows.map(endedOf)
}
