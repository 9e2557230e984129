import type { Schedule, ScheduleRun as ScheduleRunView, TaskId, TaskStatus } from '@cadre/contract'
import { createRunTimes, nextRuns } from './run-times.ts'
import type { ScheduleRecord, ScheduleRun } from './schedule.ts'

export const scheduleView = (
  schedule: ScheduleRecord,
  lastRun: ScheduleRunView | null,
  runsShown: number,
): Schedule => ({
  id: schedule.id,
  name: schedule.name,
  cron: schedule.cron,
  every_seconds: schedule.everyMs === null ? null : schedule.everyMs / 1_000,
  at: schedule.at?.toISOString() ?? null,
  time_zone: schedule.timeZone,
  starts_at: schedule.startsAt?.toISOString() ?? null,
  ends_at: schedule.endsAt?.toISOString() ?? null,
  task: schedule.task,
  missed_runs: schedule.missedRuns,
  overlap: schedule.overlap,
  jitter_seconds: schedule.jitterMs / 1_000,
  is_paused: schedule.isPaused,
  next_runs: runsFrom(schedule, runsShown).map((run) => run.toISOString()),
  last_run: lastRun,
  created_at: schedule.createdAt.toISOString(),
  updated_at: schedule.updatedAt.toISOString(),
})

const runsFrom = (schedule: ScheduleRecord, count: number): Date[] => {
  const { nextRunAt } = schedule
  if (nextRunAt === null) return []
  if (count === 1) return [nextRunAt]
  return [nextRunAt, ...nextRuns(createRunTimes(schedule), nextRunAt, count - 1)]
}

export const scheduleRunView = (
  run: ScheduleRun,
  statuses: ReadonlyMap<TaskId, TaskStatus>,
): ScheduleRunView => ({
  due_at: run.dueAt.toISOString(),
  fired_at: run.firedAt.toISOString(),
  outcome: run.outcome,
  is_manual: run.isManual,
  runs: run.runs,
  task_id: run.taskId,
  task_status: run.taskId === null ? null : (statuses.get(run.taskId) ?? null),
  error: run.error,
})
