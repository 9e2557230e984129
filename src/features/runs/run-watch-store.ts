import type { Queryable, Tx } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'

/** A run `r` that has not moved since then, though nobody and no clock is waited for. */
export const HAS_NOT_MOVED = (since: string): string => `
  r.updated_at < ${since}::timestamptz and not r.is_paused and not exists (
    select 1 from workflow_steps as s
    where s.run_id = r.id and s.status = 'RUNNING'
      and (s.due_at is not null or s.kind in ('approval', 'signal')))`

/** Marks the runs that are stuck, and tells of each of them once. Answers how many are new. */
export const markStuck = async (
  tx: Tx,
  { since, now, rowsMax }: { since: Date; now: Date; rowsMax: number },
): Promise<number> => {
  const rows = await tx.query(
    `with stuck as (
       select r.id from workflow_runs as r
       where r.status in ('RUNNING', 'COMPENSATING') and r.stuck_since is null
         and ${HAS_NOT_MOVED('$1')}
       order by r.id limit $3 for update skip locked),
     marked as (
       update workflow_runs as r set stuck_since = $2 from stuck where r.id = stuck.id
       returning r.id, r.tenant_id, r.workflow_id, r.workflow_name, r.workflow_version, r.status)
     insert into events (tenant_id, type, subject_id, at, data)
     select tenant_id, 'run.stuck', id, $2, json_build_object('run_id', id,
       'workflow_id', workflow_id, 'workflow_name', workflow_name,
       'workflow_version', workflow_version, 'run_status', status)
     from marked returning id`,
    [since, now, rowsMax],
  )
  if (rows.length > 0) tx.notify(EVENTS_CHANNEL)
  return rows.length
}

/** How many runs are stuck. */
export const countStuck = async (db: Queryable): Promise<number> => {
  const [row] = await db.query<{ stuck: number }>(
    `select count(*)::integer as stuck from workflow_runs
     where status in ('RUNNING', 'COMPENSATING') and stuck_since is not null`,
  )
  return row?.stuck ?? 0
}
