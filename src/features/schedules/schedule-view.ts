import type {
  Json,
  RunId,
  RunStatus,
  Schedule,
  ScheduleRun as ScheduleRunView,
  TaskId,
  TaskStatus,
} from '@cadre/contract'
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
  task: schedule.work.kind === 'task' ? schedule.work.task : null,
  workflow: schedule.work.kind === 'workflow' ? schedule.work.workflow : null,
  context: schedule.work.kind === 'workflow' ? (schedule.work.context as Json) : null,
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
  tasks: ReadonlyMap<TaskId, TaskStatus>,
  runs: ReadonlyMap<RunId, RunStatus>,
): ScheduleRunView => ({
  due_at: run.dueAt.toISOString(),
  fired_at: run.firedAt.toISOString(),
  outcome: run.outcome,
  is_manual: run.isManual,
  runs: run.runs,
  task_id: run.taskId,
  task_status: run.taskId === null ? null : (tasks.get(run.taskId) ?? null),
  run_id: run.runId,
  run_status: run.runId === null ? null : (runs.get(run.runId) ?? null),
  error: run.error,
})
