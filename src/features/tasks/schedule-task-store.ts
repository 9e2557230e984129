import type { ScheduleId, TaskId, TaskStatus } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'

/** Those of the schedules that have a task which waits or is in progress. */
export const schedulesWithUnfinishedTasks = async (
  db: Queryable,
  scheduleIds: readonly ScheduleId[],
): Promise<ReadonlySet<ScheduleId>> => {
  const rows = await db.query<{ schedule_id: string }>(
    `select distinct schedule_id from tasks
     where schedule_id = any ($1::uuid[]) and schedule_id is not null
       and status in ('TODO', 'IN_PROGRESS')`,
    [scheduleIds],
  )
  return new Set(rows.map((row) => row.schedule_id as ScheduleId))
}

/** How tasks stand; those that were removed are left out. */
export const statusesOfTasks = async (
  db: Queryable,
  taskIds: readonly TaskId[],
): Promise<ReadonlyMap<TaskId, TaskStatus>> => {
  if (taskIds.length === 0) return new Map()
  const rows = await db.query<{ id: string; status: TaskStatus }>(
    'select id, status from tasks where id = any ($1::uuid[])',
    [taskIds],
  )
  return new Map(rows.map((row) => [row.id as TaskId, row.status]))
}
