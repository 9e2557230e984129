import type { RunId, StepId, TenantId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'
import type { StepKind } from './run.ts'

// What a run counts, so that nothing has to look at all its steps: what joins still need, what is
// left of fan-outs, and whether anything is open.

export interface NeedsEnded {
  /** Of the join's row, where it has none yet. */
  id: StepId
  runId: RunId
  tenantId: TenantId
  step: string
  kind: StepKind
  depth: number
  needs: number
  /** Needs that ended just now. */
  ended: number
}

export interface StoredStep {
  id: StepId
  runId: RunId
  step: string
}

/**
 * Counts down the needs of joins. The row of a join comes with the first need that ends.
 * @returns the joins that need nothing any more
 */
export const countDownNeeds = async (
  tx: Tx,
  joins: readonly NeedsEnded[],
): Promise<StoredStep[]> => {
  const rows = await tx.query<{ id: string; run_id: string; step: string; needs_left: number }>(
    `with n as (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
         $6::integer[], $7::integer[], $8::integer[])
         as n (id, run_id, tenant_id, step, kind, depth, needs, ended)),
     held as materialized (${wholeSteps('n')}),
     counted as (
       update workflow_steps as s set needs_left = s.needs_left - held.ended
       from held where s.id = any (array(select id from held)) and s.id = held.id
       returning s.id, s.run_id, s.step, s.needs_left),
     begun as (
       insert into workflow_steps (id, run_id, tenant_id, step, item, is_compensation, kind, status,
         depth, needs_left)
       select n.id, n.run_id, n.tenant_id, n.step, -1, false, n.kind, 'WAITING', n.depth,
         n.needs - n.ended
       from n left join counted as c on c.run_id = n.run_id and c.step = n.step
       where c.id is null
       returning id, run_id, step, needs_left)
     select * from counted union all select * from begun`,
    [
      joins.map(({ id }) => id),
      joins.map(({ runId }) => runId),
      joins.map(({ tenantId }) => tenantId),
      joins.map(({ step }) => step),
      joins.map(({ kind }) => kind),
      joins.map(({ depth }) => depth),
      joins.map(({ needs }) => needs),
      joins.map(({ ended }) => ended),
    ],
  )
  return rows.filter(({ needs_left }) => needs_left === 0).map(storedOf)
}

/** The rows of whole steps, each found by its run and name. */
const wholeSteps = (given: string): string => `select s.id, ${given}.ended from ${given}
  cross join lateral (
    select id from workflow_steps as s
    where s.run_id = ${given}.run_id and s.step = ${given}.step and s.item = -1
      and not s.is_compensation
    offset 0) as s`

const storedOf = (row: { id: string; run_id: string; step: string }): StoredStep => ({
  id: row.id as StepId,
  runId: row.run_id as RunId,
  step: row.step,
})

export interface ItemsEnded {
  runId: RunId
  step: string
  /** Elements that ended just now. */
  ended: number
}

export interface FanOutLeft extends StoredStep {
  /** Elements that have not ended. */
  itemsLeft: number
}

/** Counts down fan-outs; answers how many elements of each have not ended. */
export const countDownItems = async (
  tx: Tx,
  fanOuts: readonly ItemsEnded[],
): Promise<FanOutLeft[]> => {
  const rows = await tx.query<{ id: string; run_id: string; step: string; items_left: number }>(
    `with n as (
       select * from unnest($1::uuid[], $2::text[], $3::integer[]) as n (run_id, step, ended)),
     held as materialized (${wholeSteps('n')})
     update workflow_steps as s set items_left = s.items_left - held.ended
     from held where s.id = any (array(select id from held)) and s.id = held.id
     returning s.id, s.run_id, s.step, s.items_left`,
    [
      fanOuts.map(({ runId }) => runId),
      fanOuts.map(({ step }) => step),
      fanOuts.map(({ ended }) => ended),
    ],
  )
  return rows.map((row) => ({ ...storedOf(row), itemsLeft: row.items_left }))
}

/** An element whose turn has come. */
export interface NextItem extends StoredStep {
  item: number
  input: unknown
  message: string | null
}

/** The next elements of fan-outs, each up to its number. */
export const findNextItems = async (
  tx: Tx,
  turns: readonly { runId: RunId; step: string; items: number }[],
): Promise<NextItem[]> => {
  const rows = await tx.query<{
    id: string
    run_id: string
    step: string
    item: number
    input: unknown
    message: string | null
  }>(
    `select s.id, s.run_id, s.step, s.item, s.input, s.message
     from unnest($1::uuid[], $2::text[], $3::integer[]) as n (run_id, step, items)
       cross join lateral (
         select s.id, s.run_id, s.step, s.item, s.input, s.message from workflow_steps as s
         where s.run_id = n.run_id and s.step = n.step and s.item >= 0 and s.status = 'WAITING'
         order by s.item limit n.items) as s`,
    [
      turns.map(({ runId }) => runId),
      turns.map(({ step }) => step),
      turns.map(({ items }) => items),
    ],
  )
  return rows.map((row) => ({
    ...storedOf(row),
    item: row.item,
    input: row.input ?? null,
    message: row.message,
  }))
}

/** Fan-outs of runs that go on, with the number of their elements under way. */
export const findOpenFanOuts = async (
  tx: Tx,
  runIds: readonly RunId[],
): Promise<{ runId: RunId; step: string; running: number }[]> => {
  const rows = await tx.query<{ run_id: string; step: string; running: number }>(
    `select s.run_id, s.step, (
         select count(*) from workflow_steps as i
         where i.run_id = s.run_id and i.step = s.step and i.item >= 0
           and i.status in ('RUNNING', 'HELD') and not i.is_compensation)::integer as running
     from workflow_steps as s
     where s.run_id = any ($1::uuid[]) and s.kind = 'fan_out' and s.item = -1
       and s.status = 'RUNNING'`,
    [runIds],
  )
  return rows.map((row) => ({
    runId: row.run_id as RunId,
    step: row.step,
    running: row.running,
  }))
}

/** Joins and steps that were ready while their runs were paused. */
export const findReady = async (tx: Tx, runIds: readonly RunId[]): Promise<StoredStep[]> => {
  const rows = await tx.query<{ id: string; run_id: string; step: string }>(
    `select id, run_id, step from workflow_steps
     where run_id = any ($1::uuid[]) and status = 'WAITING' and item = -1 and needs_left = 0
       and not is_compensation
     order by run_id, step`,
    [runIds],
  )
  return rows.map(storedOf)
}
