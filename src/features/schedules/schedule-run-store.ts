import type { RunId, ScheduleId, ScheduleRunOutcome, TaskId, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { ScheduleRun } from './schedule.ts'

/** Runs of each schedule that are kept. */
export const RUNS_KEPT = 100

interface RunRow {
  schedule_id: string
  tenant_id: string
  due_at: Date
  outcome: ScheduleRunOutcome
  is_manual: boolean
  task_id: string | null
  run_id: string | null
  error: string | null
  runs: number
  fired_at: Date
}

const runOf = (row: RunRow): ScheduleRun => ({
  scheduleId: row.schedule_id as ScheduleId,
  tenantId: row.tenant_id as TenantId,
  dueAt: row.due_at,
  outcome: row.outcome,
  isManual: row.is_manual,
  taskId: row.task_id as TaskId | null,
  runId: row.run_id as RunId | null,
  error: row.error,
  runs: row.runs,
  firedAt: row.fired_at,
})

/** Notes runs, and drops those of their schedules beyond the latest {@link RUNS_KEPT}. */
export const insertRuns = async (tx: Tx, runs: readonly ScheduleRun[]): Promise<void> => {
  if (runs.length === 0) return
  await tx.query(
    `insert into schedule_runs (schedule_id, due_at, tenant_id, outcome, is_manual, task_id, error,
       runs, fired_at, run_id)
     select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::boolean[],
       $6::uuid[], $7::text[], $8::integer[], $9::timestamptz[], $10::uuid[])
     on conflict (schedule_id, due_at) do nothing`,
    [
      runs.map((run) => run.scheduleId),
      runs.map((run) => run.dueAt),
      runs.map((run) => run.tenantId),
      runs.map((run) => run.outcome),
      runs.map((run) => run.isManual),
      runs.map((run) => run.taskId),
      runs.map((run) => run.error),
      runs.map((run) => run.runs),
      runs.map((run) => run.firedAt),
      runs.map((run) => run.runId),
    ],
  )
  await tx.query(
    `delete from schedule_runs as r using unnest($1::uuid[]) as s (id)
     where r.schedule_id = any ($1::uuid[]) and r.schedule_id = s.id and r.due_at < (
       select k.due_at from schedule_runs as k where k.schedule_id = s.id
       order by k.due_at desc offset ${RUNS_KEPT - 1} limit 1)`,
    [[...new Set(runs.map((run) => run.scheduleId))]],
  )
}

/** The latest runs of one schedule, the newest first. */
export const latestRuns = async (
  db: Queryable,
  scheduleId: ScheduleId,
  limit: number,
): Promise<ScheduleRun[]> => {
  const rows = await db.query<RunRow>(
    'select * from schedule_runs where schedule_id = $1 order by due_at desc limit $2',
    [scheduleId, limit],
  )
  return rows.map(runOf)
}

/** The latest run of each schedule; those without any are left out. */
export const latestRunOfEach = async (
  db: Queryable,
  scheduleIds: readonly ScheduleId[],
): Promise<ReadonlyMap<ScheduleId, ScheduleRun>> => {
  if (scheduleIds.length === 0) return new Map()
  const rows = await db.query<RunRow>(
    `select r.* from unnest($1::uuid[]) as s (id) cross join lateral (
       select * from schedule_runs as k where k.schedule_id = s.id
       order by k.due_at desc limit 1) as r`,
    [scheduleIds],
  )
  return new Map(rows.map((row) => [row.schedule_id as ScheduleId, runOf(row)]))
}
