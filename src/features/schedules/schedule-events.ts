import type { EventData } from '@cadre/contract'
import type { NewEvent } from '#platform/events/event-store.ts'
import type { Principal } from '#platform/web/context.ts'
import type { ScheduleRecord, ScheduleRun } from './schedule.ts'

type ScheduleChange = 'created' | 'updated' | 'paused' | 'resumed' | 'deleted'

/** What a person did to a schedule. */
export const changeEvent = (
  change: ScheduleChange,
  { schedule, actor, at }: { schedule: ScheduleRecord; actor: Principal; at: Date },
): NewEvent => ({
  tenantId: schedule.tenantId,
  type: `schedule.${change}`,
  subjectId: schedule.id,
  at,
  data: {
    schedule_name: schedule.name,
    is_paused: schedule.isPaused,
    actor_id: actor.id,
    actor_name: actor.name,
  },
})

/** What became of a run: `fired` when its time was met, whatever came of it, or `missed`. */
export const runEvent = (
  run: ScheduleRun,
  { name, actor }: { name: string; actor?: Principal },
): NewEvent => ({
  tenantId: run.tenantId,
  type: run.outcome === 'missed' ? 'schedule.missed' : 'schedule.fired',
  subjectId: run.scheduleId,
  at: run.firedAt,
  data: {
    schedule_name: name,
    outcome: run.outcome,
    due_at: run.dueAt.toISOString(),
    ...detailsOf(run),
    ...(actor === undefined ? {} : { actor_id: actor.id, actor_name: actor.name }),
  },
})

const detailsOf = (run: ScheduleRun): EventData => {
  if (run.outcome === 'missed') return { runs: run.runs }
  if (run.outcome === 'failed') return { error: run.error }
  if (run.runId !== null) return { run_id: run.runId }
  return run.taskId === null ? {} : { task_id: run.taskId }
}
