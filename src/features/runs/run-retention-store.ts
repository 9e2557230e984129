import type { Db, Tx } from '#platform/db/db.ts'

const FAMILIES_PER_STEP = 20

/**
 * Removes runs that were over before then, with the runs below them, their steps, tasks and
 * attempts. Families with a task in quarantine stay: a person still has to look at it.
 */
export const removeOldRuns =
  (db: Db) =>
  /** @returns how many families went, `rowsMax` at the most */
  async (before: Date, rowsMax: number): Promise<number> => {
    let removed = 0
    while (removed < rowsMax) {
      const limit = Math.min(FAMILIES_PER_STEP, rowsMax - removed)
      const families = await db.transaction((tx) => removeFamilies(tx, before, limit))
      removed += families
      if (families < limit) break
    }
    return removed
  }

export const removeFamilies = async (tx: Tx, before: Date, limit: number): Promise<number> => {
  const roots = await tx.query<{ id: string }>(
    `select r.id from workflow_runs as r
     where r.finished_at < $1 and r.parent_run_id is null and not exists (
       with recursive family as (
         select r.id union all
         select c.id from workflow_runs as c join family as f on c.parent_run_id = f.id)
       select 1 from family as f join workflow_steps as s on s.run_id = f.id
         join tasks as t on t.id = s.id
       where t.status = 'QUARANTINED')
     order by r.finished_at limit $2 for update of r skip locked`,
    [before, limit],
  )
  if (roots.length === 0) return 0
  const family = await tx.query<{ id: string }>(
    `with recursive family as (
       select unnest($1::uuid[]) as id union all
       select c.id from workflow_runs as c join family as f on c.parent_run_id = f.id)
     select id from family`,
    [roots.map(({ id }) => id)],
  )
  const ids = [family.map(({ id }) => id)]
  await tx.query(
    `delete from attempts as a using workflow_steps as s
     where s.run_id = any ($1::uuid[]) and a.task_id = s.id`,
    ids,
  )
  await tx.query(
    `delete from tasks as t using workflow_steps as s
     where s.run_id = any ($1::uuid[]) and t.id = s.id`,
    ids,
  )
  await tx.query('delete from workflow_steps where run_id = any ($1::uuid[])', ids)
  await tx.query('delete from run_signals where run_id = any ($1::uuid[])', ids)
  await tx.query('delete from run_messages where run_id = any ($1::uuid[])', ids)
  await tx.query('delete from workflow_runs where id = any ($1::uuid[])', ids)
  return roots.length
}
