import type { RunId, StepId } from '@cadre/contract'
import type { StepOutcome } from '#features/workflows/index.ts'
import type { Tx } from '#platform/db/db.ts'

// What expressions read of steps that ended.

export interface OutcomeWanted {
  runId: RunId
  step: string
}

export interface FoundOutcome extends OutcomeWanted {
  outcome: StepOutcome
}

/** Outcomes of whole steps; those that have not ended, or never began, are left out. */
export const findOutcomes = async (
  tx: Tx,
  wanted: readonly OutcomeWanted[],
): Promise<FoundOutcome[]> => {
  const rows = await tx.query<{
    run_id: string
    step: string
    status: StepOutcome['status']
    error: string | null
    result: unknown
  }>(
    `select s.run_id, s.step, s.status, s.error, coalesce(s.output, t.result) as result
     from unnest($1::uuid[], $2::text[]) as w (run_id, step)
       cross join lateral (
         select * from workflow_steps as s
         where s.run_id = w.run_id and s.step = w.step and s.item = -1 and not s.is_compensation
         offset 0) as s
       left join lateral (
         select result from tasks where id = s.id and s.kind = 'agent' offset 0) as t on true
     where s.status in ('DONE', 'FAILED', 'SKIPPED', 'CANCELLED')`,
    [wanted.map(({ runId }) => runId), wanted.map(({ step }) => step)],
  )
  return rows.map((row) => ({
    runId: row.run_id as RunId,
    step: row.step,
    outcome: { status: row.status, result: row.result ?? null, error: row.error },
  }))
}

/** What the actions of these steps answered; null for those that answered nothing. */
export const findResults = async (
  tx: Tx,
  stepIds: readonly StepId[],
): Promise<Map<StepId, unknown>> => {
  const rows = await tx.query<{ id: string; result: unknown }>(
    `select s.id, coalesce(s.output, t.result) as result
     from workflow_steps as s
       left join lateral (
         select result from tasks where id = s.id and s.kind = 'agent' offset 0) as t on true
     where s.id = any ($1::uuid[])`,
    [stepIds],
  )
  return new Map(rows.map((row) => [row.id as StepId, row.result ?? null]))
}

/**
 * Ends fan-outs whose elements have all ended: their output is the list of the elements' results,
 * in order. A list of more than `bytesMax` fails the step.
 */
export const endFanOuts = async (
  tx: Tx,
  stepIds: readonly StepId[],
  { now, bytesMax }: { now: Date; bytesMax: number },
): Promise<Map<StepId, { isTooLarge: boolean; durationMs: number }>> => {
  const rows = await tx.query<{ id: string; is_too_large: boolean; duration_ms: number }>(
    `with collected as (
       select p.id, sum(octet_length(coalesce(i.output, t.result)::text)) > $3 as is_too_large,
         json_agg(coalesce(i.output, t.result) order by i.item) as results
       from workflow_steps as p
         cross join lateral (
           select * from workflow_steps as i
           where i.run_id = p.run_id and i.step = p.step and i.item >= 0 and not i.is_compensation
           offset 0) as i
         left join lateral (
           select result from tasks where id = i.id and i.kind = 'agent' offset 0) as t on true
       where p.id = any ($1::uuid[])
       group by p.id)
     update workflow_steps as s set ended_at = $2,
       status = case when c.is_too_large then 'FAILED' else 'DONE' end,
       output = case when c.is_too_large then null else c.results end,
       error = case when c.is_too_large
         then 'The results of the list are more than ' || $3 || ' bytes together.' end,
       category = case when c.is_too_large then 'permanent' end
     from collected as c where s.id = any ($1::uuid[]) and s.id = c.id
     returning s.id, coalesce(c.is_too_large, false) as is_too_large,
       extract(epoch from s.ended_at - s.released_at) * 1000 as duration_ms`,
    [stepIds, now, bytesMax],
  )
  return new Map(
    rows.map((row) => [
      row.id as StepId,
      { isTooLarge: row.is_too_large, durationMs: Number(row.duration_ms) },
    ]),
  )
}
