import type { RunId, RunStatus, ScheduleId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

/** Notes which schedule began these runs. */
export const noteSchedules = async (
  tx: Tx,
  runs: readonly { runId: RunId; scheduleId: ScheduleId }[],
): Promise<void> => {
  if (runs.length === 0) return
  await tx.query(
    `update workflow_runs as r set schedule_id = s.schedule_id
     from unnest($1::uuid[], $2::uuid[]) as s (id, schedule_id)
     where r.id = any ($1::uuid[]) and r.id = s.id`,
    [runs.map(({ runId }) => runId), runs.map(({ scheduleId }) => scheduleId)],
  )
}

/** Those of the schedules that began a run which is not over. */
export const schedulesWithUnfinishedRuns = async (
  db: Queryable,
  scheduleIds: readonly ScheduleId[],
): Promise<ReadonlySet<ScheduleId>> => {
  if (scheduleIds.length === 0) return new Set()
  const rows = await db.query<{ schedule_id: string }>(
    `select distinct schedule_id from workflow_runs
     where schedule_id = any ($1::uuid[]) and schedule_id is not null and finished_at is null`,
    [scheduleIds],
  )
  return new Set(rows.map((row) => row.schedule_id as ScheduleId))
}

/** How runs stand; those that were removed are left out. */
export const statusesOfRuns = async (
  db: Queryable,
  runIds: readonly RunId[],
): Promise<ReadonlyMap<RunId, RunStatus>> => {
  if (runIds.length === 0) return new Map()
  const rows = await db.query<{ id: string; status: RunStatus }>(
    'select id, status from workflow_runs where id = any ($1::uuid[])',
    [runIds],
  )
  return new Map(rows.map((row) => [row.id as RunId, row.status]))
}
