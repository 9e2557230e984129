import type { RunId, StepId, TaskId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'
import type { EndedStep } from './run.ts'
import { ENDED_COLUMNS, endedOf, type EndedRow } from './step-store.ts'

// How a run comes to rest when it will not complete, and what has to be undone.

/** Tasks that are open steps of runs, and child runs that are. */
export interface OpenStep {
  id: StepId
  runId: RunId
  kind: 'agent' | 'workflow'
  isCompensation: boolean
}

/** Of the run `w.id`. */
const OPEN_STEPS = `
  select id, run_id, kind, status, is_compensation from workflow_steps
  where run_id = w.id and status in ('WAITING', 'RUNNING', 'HELD') and not is_compensation
  offset 0`

/**
 * Ends what of these runs needs nobody to stop: what waits, approvals, signals, delays, fan-outs.
 * @returns the open steps that are tasks or child runs, and what had begun and is cancelled
 */
export const cancelOpenSteps = async (
  tx: Tx,
  runIds: readonly RunId[],
  now: Date,
): Promise<{ open: OpenStep[]; cancelled: EndedStep[] }> => {
  const cancelled = await tx.query<EndedRow>(
    `with cancelled as (
       update workflow_steps as s set status = 'CANCELLED', ended_at = $2, due_at = null
       where s.id = any (array(
         select o.id from unnest($1::uuid[]) as w (id) cross join lateral (${OPEN_STEPS}) as o
         where o.status = 'WAITING' or o.kind in ('approval', 'signal', 'delay', 'fan_out')))
       returning ${ENDED_COLUMNS}, s.released_at)
     select * from cancelled where released_at is not null`,
    [runIds, now],
  )
  const rows = await tx.query<{
    id: string
    run_id: string
    kind: OpenStep['kind']
    is_compensation: boolean
  }>(
    `select o.id, o.run_id, o.kind, o.is_compensation
     from unnest($1::uuid[]) as w (id) cross join lateral (${OPEN_STEPS}) as o
     where o.status in ('RUNNING', 'HELD') order by o.id`,
    [runIds],
  )
  const open = rows.map((row) => ({
    id: row.id as StepId,
    runId: row.run_id as RunId,
    kind: row.kind,
    isCompensation: row.is_compensation,
  }))
  return { open, cancelled: cancelled.map(endedOf) }
}

/** Notes that these tasks' steps were cancelled with their run. */
export const markCancelled = async (
  tx: Tx,
  taskIds: readonly TaskId[],
  now: Date,
): Promise<EndedStep[]> => {
  const rows = await tx.query<EndedRow>(
    `with t as materialized (
       select id, attempt, cost, started_at, created_at, array['RUNNING', 'HELD'] as open
       from tasks where id = any ($1::uuid[]))
     update workflow_steps as s set status = 'CANCELLED', ended_at = $2, attempts = t.attempt,
       cost = t.cost, wait_ms = extract(epoch from t.started_at - t.created_at) * 1000
     from t
     where s.id = any ($1::uuid[]) and t.id = s.id and s.status = any (t.open)
     returning ${ENDED_COLUMNS}`,
    [taskIds, now],
  )
  return rows.map(endedOf)
}

/** A compensation whose turn has come. */
export interface DueCompensation {
  id: StepId
  runId: RunId
  step: string
  item: number
  /** The step that it undoes, and what that is. */
  actionId: StepId
  /** An agent undoes it; or it was a run, which undoes itself. */
  kind: 'agent' | 'workflow'
  /** What the action answered; null if it did not. */
  result: unknown
}

/**
 * Drops compensations of actions that never happened: those of which no attempt began, and those
 * whose every attempt ended with the agent's word that it is of no use to try (`permanent`).
 */
export const dropNeedlessCompensations = async (
  tx: Tx,
  runIds: readonly RunId[],
  now: Date,
): Promise<void> => {
  await tx.query(
    `update workflow_steps set status = 'CANCELLED', ended_at = $2
     where id = any (array(
       select c.id
       from unnest($1::uuid[]) as w (id)
         cross join lateral (
           select * from workflow_steps where run_id = w.id and status = 'RECORDED' offset 0) as c
         cross join lateral (
           select * from workflow_steps as a
           where a.run_id = c.run_id and a.step = c.step and a.item = c.item
             and not a.is_compensation
           offset 0) as a
       where a.status not in ('DONE', 'RUNNING', 'HELD') and a.reused_from is null
         and not exists (
           select 1 from attempts as t
           where t.task_id = a.id
             and (t.outcome <> 'failed' or t.category is distinct from 'permanent')
           offset 0)))`,
    [runIds, now],
  )
}

/** The deepest recorded compensations of each run: those that are undone together next. */
export const findDueCompensations = async (
  tx: Tx,
  runIds: readonly RunId[],
): Promise<DueCompensation[]> => {
  const rows = await tx.query<DueRow>(
    `select ${DUE_COLUMNS}
     from unnest($1::uuid[]) as w (run_id)
       cross join lateral (
         select max(depth) as depth from workflow_steps as s
         where s.run_id = w.run_id and s.status = 'RECORDED') as deepest
       cross join lateral (
         select * from workflow_steps as c
         where c.run_id = w.run_id and c.status = 'RECORDED' and c.depth = deepest.depth
         offset 0) as c
       ${WITH_ACTION}
     order by c.id`,
    [runIds],
  )
  return rows.map(dueOf)
}

/** One compensation, whatever its state. */
export const findCompensation = async (tx: Tx, id: StepId): Promise<DueCompensation | null> => {
  const [row] = await tx.query<DueRow>(
    `select ${DUE_COLUMNS} from workflow_steps as c ${WITH_ACTION}
     where c.id = $1 and c.is_compensation`,
    [id],
  )
  return row === undefined ? null : dueOf(row)
}

const DUE_COLUMNS = `c.id, c.run_id, c.step, c.item, a.id as action_id, c.kind,
  coalesce(a.output, t.result) as result`
const WITH_ACTION = `cross join lateral (
    select id, output from workflow_steps as a
    where a.run_id = c.run_id and a.step = c.step and a.item = c.item and not a.is_compensation
    offset 0) as a
  left join lateral (select result from tasks where id = a.id offset 0) as t on true`

interface DueRow {
  id: string
  run_id: string
  step: string
  item: number
  action_id: string
  kind: 'agent' | 'workflow'
  result: unknown
}

const dueOf = (row: DueRow): DueCompensation => ({
  id: row.id as StepId,
  runId: row.run_id as RunId,
  step: row.step,
  item: row.item,
  actionId: row.action_id as StepId,
  kind: row.kind,
  result: row.result ?? null,
})

/** Those of the runs that have recorded what would undo them. */
export const findUndoable = async (tx: Tx, runIds: readonly RunId[]): Promise<Set<RunId>> => {
  const rows = await tx.query<{ id: string }>(
    `select w.id from unnest($1::uuid[]) as w (id)
     where exists (
       select 1 from workflow_steps as s
       where s.run_id = w.id and s.status = 'RECORDED' offset 0)`,
    [runIds],
  )
  return new Set(rows.map((row) => row.id as RunId))
}
