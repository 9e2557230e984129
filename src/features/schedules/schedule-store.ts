import type { ParsedScheduledTask, ScheduleId, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { assert } from '#platform/errors.ts'
import type { ScheduledWork, ScheduleRecord } from './schedule.ts'

/** Tells the processes that fire schedules that the next due time may have changed. */
export const SCHEDULES_CHANNEL = 'cadre_schedules'
const NOTIFY = `(select pg_notify('${SCHEDULES_CHANNEL}', '')) as notified`

interface ScheduleRow {
  id: string
  tenant_id: string
  name: string
  cron: string | null
  every_ms: number | null
  at: Date | null
  time_zone: string
  task: ParsedScheduledTask | null
  workflow: string | null
  context: unknown
  missed_runs: ScheduleRecord['missedRuns']
  overlap: ScheduleRecord['overlap']
  jitter_ms: number
  starts_at: Date | null
  ends_at: Date | null
  is_paused: boolean
  next_run_at: Date | null
  created_by: string
  created_at: Date
  updated_at: Date
}

const COLUMNS = `s.id, s.tenant_id, s.name, s.cron, s.every_ms, s.at, s.time_zone, s.task, s.workflow, s.context,
  s.missed_runs, s.overlap, s.jitter_ms, s.starts_at, s.ends_at, s.is_paused, s.next_run_at,
  s.created_by, s.created_at, s.updated_at`

const scheduleOf = (row: ScheduleRow): ScheduleRecord => ({
  id: row.id as ScheduleId,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  cron: row.cron,
  everyMs: row.every_ms,
  at: row.at,
  timeZone: row.time_zone,
  work: workOf(row),
  missedRuns: row.missed_runs,
  overlap: row.overlap,
  jitterMs: row.jitter_ms,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  anchor: row.starts_at ?? row.created_at,
  isPaused: row.is_paused,
  nextRunAt: row.next_run_at,
  createdBy: row.created_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

const workOf = ({ task, workflow, context }: ScheduleRow): ScheduledWork => {
  if (task !== null) return { kind: 'task', task }
  assert(workflow !== null, 'a schedule has a task or a workflow')
  return { kind: 'workflow', workflow, context }
}

/** Throws `ConstraintError` `schedules_name_once` when the tenant has one of this name. */
export const insertSchedule = async (db: Queryable, schedule: ScheduleRecord): Promise<void> => {
  await db.query(
    `with stored as (
       insert into schedules (id, tenant_id, name, cron, every_ms, at, time_zone, task, missed_runs,
         overlap, jitter_ms, starts_at, ends_at, is_paused, next_run_at, updated_at, workflow,
         context, created_by, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
         $19, $20)
       returning id)
     select id, ${NOTIFY} from stored`,
    [...changeable(schedule), schedule.createdBy, schedule.createdAt],
  )
}

/** Throws `ConstraintError` `schedules_name_once` when the new name is taken. */
export const writeSchedule = async (tx: Tx, schedule: ScheduleRecord): Promise<void> => {
  await tx.query(
    `with stored as (
       update schedules set name = $3, cron = $4, every_ms = $5, at = $6, time_zone = $7, task = $8,
         missed_runs = $9, overlap = $10, jitter_ms = $11, starts_at = $12, ends_at = $13,
         is_paused = $14, next_run_at = $15, updated_at = $16, workflow = $17, context = $18
       where id = $1 and tenant_id = $2 returning id)
     select id, ${NOTIFY} from stored`,
    changeable(schedule),
  )
}

const changeable = (schedule: ScheduleRecord) => [
  schedule.id,
  schedule.tenantId,
  schedule.name,
  schedule.cron,
  schedule.everyMs,
  schedule.at,
  schedule.timeZone,
  schedule.work.kind === 'task' ? JSON.stringify(schedule.work.task) : null,
  schedule.missedRuns,
  schedule.overlap,
  schedule.jitterMs,
  schedule.startsAt,
  schedule.endsAt,
  schedule.isPaused,
  schedule.nextRunAt,
  schedule.updatedAt,
  schedule.work.kind === 'workflow' ? schedule.work.workflow : null,
  contextText(schedule.work),
]

const contextText = (work: ScheduledWork): string | null =>
  work.kind === 'task' || work.context === null ? null : JSON.stringify(work.context)

export const findSchedule = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<ScheduleRecord | null> => {
  const [row] = await db.query<ScheduleRow>(
    `select ${COLUMNS} from schedules as s where s.id = $1 and s.tenant_id = $2`,
    [id, tenantId],
  )
  return row ? scheduleOf(row) : null
}

export const findScheduleByName = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<ScheduleRecord | null> => {
  const [row] = await db.query<ScheduleRow>(
    `select ${COLUMNS} from schedules as s where s.tenant_id = $1 and s.name = $2`,
    [tenantId, name],
  )
  return row ? scheduleOf(row) : null
}

/** Locks a schedule for a change within this transaction. */
export const lockSchedule = async (
  tx: Tx,
  tenantId: TenantId,
  id: ScheduleId,
): Promise<ScheduleRecord | null> => {
  const [row] = await tx.query<ScheduleRow>(
    `select ${COLUMNS} from schedules as s where s.id = $1 and s.tenant_id = $2 for update`,
    [id, tenantId],
  )
  return row ? scheduleOf(row) : null
}

/** One page, the newest first; `limit` + 1 rows, so that the caller sees whether more follow. */
export const listSchedules = async (
  db: Queryable,
  tenantId: TenantId,
  page: { limit: number; after: readonly [string, string] | null },
): Promise<ScheduleRecord[]> => {
  const rows = await db.query<ScheduleRow>(
    `select ${COLUMNS} from schedules as s
     where s.tenant_id = $1 and ($2::text is null
       or (s.created_at, s.id) < ($2::text::timestamptz, $3::text::uuid))
     order by s.created_at desc, s.id desc limit $4`,
    [tenantId, page.after?.[0] ?? null, page.after?.[1] ?? null, page.limit + 1],
  )
  return rows.map(scheduleOf)
}

/** Removes a schedule with its history; its tasks stay. */
export const deleteSchedule = async (
  db: Queryable,
  tenantId: TenantId,
  id: ScheduleId,
): Promise<boolean> => {
  const rows = await db.query(
    `with gone as (delete from schedules where id = $1 and tenant_id = $2 returning id),
     runs_gone as (delete from schedule_runs as r using gone as g where r.schedule_id = g.id)
     select id from gone`,
    [id, tenantId],
  )
  return rows.length > 0
}

/** One that is due; `resumedAt` is when its tenant stopped being suspended, if it ever was. */
export interface DueSchedule extends ScheduleRecord {
  resumedAt: Date | null
}

/** Schedules with a run that is due, the longest due first. */
export const findDueSchedules = async (
  db: Queryable,
  { now, rowsMax, suspended }: { now: Date; rowsMax: number; suspended: readonly TenantId[] },
): Promise<DueSchedule[]> => {
  const rows = await db.query<ScheduleRow & { resumed_at: Date | null }>(
    `select ${COLUMNS},
       (select t.status_at from tenants as t where t.id = s.tenant_id and t.status = 'active') as resumed_at
     from schedules as s where s.next_run_at <= $1 and s.tenant_id <> all ($3::uuid[])
     order by s.next_run_at limit $2`,
    [now, rowsMax, suspended],
  )
  return rows.map((row) => ({ ...scheduleOf(row), resumedAt: row.resumed_at }))
}

export const nextDueAt = async (
  db: Queryable,
  suspended: readonly TenantId[],
): Promise<Date | null> => {
  const [row] = await db.query<{ next_run_at: Date }>(
    `select next_run_at from schedules
     where next_run_at is not null and tenant_id <> all ($1::uuid[])
     order by next_run_at limit 1`,
    [suspended],
  )
  return row?.next_run_at ?? null
}

/**
 * Locks those of the schedules that are as they were read: nobody fired or changed them since. One
 * that somebody else has locked is being fired or changed just now.
 */
export const lockUnchanged = async (
  tx: Tx,
  schedules: readonly ScheduleRecord[],
): Promise<ReadonlySet<ScheduleId>> => {
  const rows = await tx.query<{ id: string }>(
    `select s.id from schedules as s
       join unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as r (id, due_at, updated_at)
         on r.id = s.id
     where s.id = any ($1::uuid[]) and s.next_run_at is not distinct from r.due_at
       and s.updated_at is not distinct from r.updated_at
     order by s.id for update of s skip locked`,
    [
      schedules.map((schedule) => schedule.id),
      schedules.map((schedule) => schedule.nextRunAt),
      schedules.map((schedule) => schedule.updatedAt),
    ],
  )
  return new Set(rows.map((row) => row.id as ScheduleId))
}

/** Says when locked schedules run next. */
export const moveSchedules = async (
  tx: Tx,
  moves: readonly { id: ScheduleId; next: Date | null }[],
): Promise<void> => {
  await tx.query(
    `update schedules as s set next_run_at = m.next_run_at
     from unnest($1::uuid[], $2::timestamptz[]) as m (id, next_run_at)
     where s.id = any ($1::uuid[]) and s.id = m.id`,
    [moves.map((move) => move.id), moves.map((move) => move.next)],
  )
}
