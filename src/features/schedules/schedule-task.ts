import { createHash } from 'node:crypto'
import type { ScheduleId } from '@cadre/contract'
import type { NewTask, TaskCreation } from '#features/tasks/index.ts'
import type { ScheduleRecord } from './schedule.ts'

export interface RunOfSchedule {
  schedule: ScheduleRecord
  /** When the run is due; the task is due up to the jitter later. */
  dueAt: Date
  /** Distinguishes runs that a person asked for from the one due at the same moment. */
  manualId: string | null
}

/**
 * The task of one run, ready to be stored. Its idempotency key is the schedule and the instant, so
 * the same run never makes two.
 * @throws AppError 422 for `task.agent_id` when there is no such agent any more
 */
export const prepareRun = async (
  creation: TaskCreation,
  { schedule, dueAt, manualId }: RunOfSchedule,
): Promise<NewTask> => {
  const runAt = new Date(dueAt.getTime() + (manualId === null ? jitterOf(schedule, dueAt) : 0))
  const entry = await creation.prepare(
    schedule,
    {
      ...schedule.task,
      run_at: runAt.toISOString(),
      idempotency_key: `schedule:${schedule.id}:${manualId ?? dueAt.toISOString()}`,
    },
    'task.agent_id',
  )
  return { ...entry, task: { ...entry.task, scheduleId: schedule.id } }
}

/** Spread evenly over the jitter, and the same for the same run wherever it is asked for. */
export const jitterOf = (
  { id, jitterMs }: { id: ScheduleId; jitterMs: number },
  dueAt: Date,
): number => {
  if (jitterMs === 0) return 0
  const digest = createHash('sha256').update(`${id} ${dueAt.getTime()}`).digest()
  return Math.floor((digest.readUInt32BE() / 2 ** 32) * (jitterMs + 1))
}
