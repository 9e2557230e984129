import type { RunId, StepId, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { StepKind } from './run.ts'

/** Names of a run's steps that ended well: done, or left out by their condition or by a person. */
export const findSucceeded = async (db: Queryable, runId: RunId): Promise<Set<string>> => {
  const rows = await db.query<{ step: string }>(
    `select step from workflow_steps
     where run_id = $1 and item = -1 and not is_compensation and status in ('DONE', 'SKIPPED')`,
    [runId],
  )
  return new Set(rows.map(({ step }) => step))
}

/** Takes steps of an earlier run over with their outcomes, and what would undo them. */
export const copySteps = async (
  tx: Tx,
  { from, to, steps, now }: { from: RunId; to: RunId; steps: readonly string[]; now: Date },
): Promise<void> => {
  await tx.query(
    `insert into workflow_steps (id, run_id, tenant_id, step, item, is_compensation, is_holding,
       kind, status, depth, items, items_left, input, output, message, reused_from, released_at,
       ended_at)
     select gen_random_uuid(), $2, s.tenant_id, s.step, s.item, s.is_compensation, s.is_holding,
       s.kind, s.status, s.depth, s.items, s.items_left, s.input, coalesce(s.output, t.result),
       s.message, s.id, case when s.is_compensation then null else $4::timestamptz end,
       case when s.is_compensation then null else $4::timestamptz end
     from workflow_steps as s left join tasks as t on t.id = s.id
     where s.run_id = $1 and s.step = any ($3::text[])
       and (not s.is_compensation or s.status = 'RECORDED')`,
    [from, to, steps, now],
  )
}

export interface NewJoin {
  id: StepId
  runId: RunId
  tenantId: TenantId
  step: string
  kind: StepKind
  depth: number
  needsLeft: number
}

/** Joins that need less than in a run from the start. */
export const insertJoins = async (tx: Tx, joins: readonly NewJoin[]): Promise<void> => {
  await tx.query(
    `insert into workflow_steps (id, run_id, tenant_id, step, item, is_compensation, kind, status,
       depth, needs_left)
     select n.id, n.run_id, n.tenant_id, n.step, -1, false, n.kind, 'WAITING', n.depth, n.needs_left
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[],
       $7::integer[]) as n (id, run_id, tenant_id, step, kind, depth, needs_left)`,
    [
      joins.map(({ id }) => id),
      joins.map(({ runId }) => runId),
      joins.map(({ tenantId }) => tenantId),
      joins.map(({ step }) => step),
      joins.map(({ kind }) => kind),
      joins.map(({ depth }) => depth),
      joins.map(({ needsLeft }) => needsLeft),
    ],
  )
}
