import { createHash } from 'node:crypto'
import type { Json, ScheduleId } from '@cadre/contract'
import type { NewStart, RunService } from '#features/runs/index.ts'
import type { NewTask, TaskCreation } from '#features/tasks/index.ts'
import { noSuchWorkflow } from '#features/workflows/index.ts'
import { isAppError } from '#platform/errors.ts'
import type { ScheduleRecord, ScheduledWork } from './schedule.ts'

export interface RunOfSchedule {
  schedule: ScheduleRecord
  /** When the run is due; the task is due up to the jitter later. */
  dueAt: Date
  /** Distinguishes runs that a person asked for from the one due at the same moment. */
  manualId: string | null
}

/** What one run makes, ready to be stored. */
export type PreparedWork = { kind: 'task'; entry: NewTask } | { kind: 'workflow'; start: NewStart }

export interface WorkMakers {
  creation: TaskCreation
  runs: Pick<RunService, 'prepare'>
}

/**
 * What one run makes, ready to be stored. Its idempotency key is the schedule and the instant, so
 * the same run never makes two.
 * @throws AppError 422 for `task.agent_id` or `workflow` when there is no such agent or workflow
 *   any more, and for `context` when the workflow refuses it
 */
export const prepareRun = async (makers: WorkMakers, run: RunOfSchedule): Promise<PreparedWork> => {
  const { work } = run.schedule
  return work.kind === 'task'
    ? { kind: 'task', entry: await prepareTask(makers, run, work) }
    : { kind: 'workflow', start: await prepareStart(makers, run, work) }
}

const keyOf = ({ schedule, dueAt, manualId }: RunOfSchedule): string =>
  `schedule:${schedule.id}:${manualId ?? dueAt.toISOString()}`

const prepareTask = async (
  { creation }: WorkMakers,
  run: RunOfSchedule,
  { task }: Extract<ScheduledWork, { kind: 'task' }>,
): Promise<NewTask> => {
  const { schedule, dueAt, manualId } = run
  const runAt = new Date(dueAt.getTime() + (manualId === null ? jitterOf(schedule, dueAt) : 0))
  const entry = await creation.prepare(
    schedule,
    { ...task, run_at: runAt.toISOString(), idempotency_key: keyOf(run) },
    'task.agent_id',
  )
  return { ...entry, task: { ...entry.task, scheduleId: schedule.id } }
}

const prepareStart = async (
  { runs }: WorkMakers,
  run: RunOfSchedule,
  { workflow, context }: Extract<ScheduledWork, { kind: 'workflow' }>,
): Promise<NewStart> => {
  const { tenantId, createdBy, name } = run.schedule
  const by = { tenantId, id: createdBy, name: `schedule ${name}` }
  const request = { context: context as Json, idempotency_key: keyOf(run) }
  try {
    return await runs.prepare(by, workflow, request, 'schedule')
  } catch (error) {
    throw isAppError(error, 'workflow.not_found') ? noSuchWorkflow('workflow') : error
  }
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
