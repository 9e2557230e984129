import type {
  CreateSchedule,
  MissedRunsPolicy,
  OverlapPolicy,
  PreviewSchedule,
  Schedule,
  ScheduledTask,
  TaskPriority,
  UpdateSchedule,
} from '@cadre/contract'
import { localInput } from '../ui/local-time.ts'
import { EMPTY_PAYLOAD, payloadOf, readPayload, type Payload } from '../ui/payload-field.tsx'
import { INTERVAL_UNITS, intervalOf, type IntervalUnit } from './schedule-words.ts'
import { OWN_ZONE } from './zone-time.ts'

export type TimingKind = 'cron' | 'interval' | 'once'

/** A schedule while it is being written; texts as they stand in their fields. */
export interface ScheduleDraft {
  name: string
  timing: TimingKind
  cron: string
  every: string
  unit: IntervalUnit
  /** A local date and time as `<input type="datetime-local">` gives it. */
  at: string
  zone: string
  work: 'task' | 'workflow'
  /** The workflow to start: its name, `name@version` or an id. */
  workflow: string | null
  /** JSON that it is started with. */
  context: string
  target: 'agent' | 'capability'
  agentId: string | null
  capability: string
  title: string
  input: Payload
  priority: TaskPriority
  missedRuns: MissedRunsPolicy
  overlap: OverlapPolicy
  jitterSeconds: string
}

export const draftFrom = (schedule: Schedule | undefined): ScheduleDraft => {
  const task = schedule?.task ?? undefined
  const interval = intervalOf(schedule?.every_seconds ?? 3_600)
  return {
    name: schedule?.name ?? '',
    timing: timingOf(schedule),
    cron: schedule?.cron ?? '',
    every: String(interval.count),
    unit: interval.unit,
    at: schedule?.at ? localInput(schedule.at) : '',
    zone: schedule?.time_zone ?? OWN_ZONE,
    work: schedule === undefined || schedule.workflow === null ? 'task' : 'workflow',
    workflow: schedule?.workflow ?? null,
    context: contextText(schedule?.context ?? null),
    target: task?.capability === undefined ? 'agent' : 'capability',
    agentId: task?.agent_id ?? null,
    capability: task?.capability ?? '',
    title: task?.title ?? '',
    input: task === undefined ? EMPTY_PAYLOAD : payloadOf(task.input),
    priority: task?.priority ?? 'medium',
    missedRuns: schedule?.missed_runs ?? 'skip',
    overlap: schedule?.overlap ?? 'allow',
    jitterSeconds: schedule?.jitter_seconds ? String(schedule.jitter_seconds) : '',
  }
}

const contextText = (context: Schedule['context']) =>
  context === null ? '' : JSON.stringify(context, null, 2)

const timingOf = (schedule: Schedule | undefined): TimingKind => {
  if (schedule === undefined || schedule.cron !== null) return 'cron'
  return schedule.at === null ? 'interval' : 'once'
}

export type Times = Pick<PreviewSchedule, 'cron' | 'every_seconds' | 'at' | 'time_zone'>

/** When it runs, as the API takes it. Null while nothing to speak of is filled in. */
export const timesOf = (draft: ScheduleDraft): Times | null => {
  const time_zone = draft.zone.trim() || 'UTC'
  if (draft.timing === 'cron')
    return draft.cron.trim() === '' ? null : { cron: draft.cron.trim(), time_zone }
  if (draft.timing === 'once')
    return draft.at === '' ? null : { at: new Date(draft.at).toISOString(), time_zone }
  const count = Number(draft.every)
  const unit = INTERVAL_UNITS.find(({ value }) => value === draft.unit)
  if (!(count > 0) || unit === undefined) return null
  return { every_seconds: count * unit.seconds, time_zone }
}

/** What the form does not show stays as it was. */
const taskOf = (draft: ScheduleDraft, before: ScheduledTask | undefined): ScheduledTask => {
  const { agent_id: _agent, capability: _any, title: _title, input: _input, ...rest } = before ?? {}
  const input = readPayload(draft.input)
  const value = input.isValid ? input.value : undefined
  return {
    ...rest,
    ...(draft.target === 'agent'
      ? { agent_id: draft.agentId ?? '' }
      : { capability: draft.capability }),
    ...(draft.title.trim() === '' ? {} : { title: draft.title.trim() }),
    ...(value === undefined ? {} : { input: value as ScheduledTask['input'] }),
    priority: draft.priority,
  }
}

type WorkflowStart = Pick<CreateSchedule, 'workflow' | 'context'>

const workflowOf = (draft: ScheduleDraft): WorkflowStart => {
  const context = readPayload({ kind: 'json', text: draft.context })
  const value = context.isValid ? context.value : undefined
  return {
    workflow: draft.workflow ?? '',
    ...(value === undefined ? {} : { context: value as WorkflowStart['context'] }),
  }
}

/** Starts of workflows are not spread. */
const conductOf = (draft: ScheduleDraft) => ({
  missed_runs: draft.missedRuns,
  overlap: draft.overlap,
  jitter_seconds: draft.work === 'workflow' ? 0 : Number(draft.jitterSeconds.trim() || 0),
})

export const toCreateSchedule = (draft: ScheduleDraft, times: Times): CreateSchedule => ({
  name: draft.name.trim(),
  ...times,
  ...(draft.work === 'workflow' ? workflowOf(draft) : { task: taskOf(draft, undefined) }),
  ...conductOf(draft),
})

/** Times go along only when they changed, for then the next run is counted anew. */
export const toUpdateSchedule = (
  draft: ScheduleDraft,
  times: Times,
  schedule: Schedule,
): UpdateSchedule => ({
  name: draft.name.trim(),
  ...(areTimesOf(schedule, times) ? {} : times),
  ...changedWork(draft, schedule),
  ...conductOf(draft),
})

/** A workflow goes along only when it or its context changed: it may be gone by now. */
const changedWork = (draft: ScheduleDraft, schedule: Schedule) => {
  if (draft.work === 'task') return { task: taskOf(draft, schedule.task ?? undefined) }
  const isSame =
    draft.workflow === schedule.workflow && draft.context === contextText(schedule.context)
  return isSame ? {} : workflowOf(draft)
}

/** Whether these are the times that the schedule has already. */
export const areTimesOf = (schedule: Schedule, times: Times): boolean =>
  JSON.stringify(times) === JSON.stringify(timesOf(draftFrom(schedule)))
