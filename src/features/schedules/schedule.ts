import type {
  MissedRunsPolicy,
  OverlapPolicy,
  ParsedScheduledTask,
  RunId,
  ScheduleId,
  ScheduleRunOutcome,
  TaskId,
  TenantId,
} from '@cadre/contract'

/** When a schedule runs. Exactly one of `cron`, `everyMs` and `at` is set. */
export interface Timing {
  cron: string | null
  everyMs: number | null
  at: Date | null
  /** The IANA zone in which `cron` is meant. */
  timeZone: string
  startsAt: Date | null
  endsAt: Date | null
  /** The first run of an interval. */
  anchor: Date
}

export type ScheduledWork =
  | { kind: 'task'; task: ParsedScheduledTask }
  | { kind: 'workflow'; workflow: string; context: unknown }

export interface ScheduleRecord extends Timing {
  id: ScheduleId
  tenantId: TenantId
  name: string
  /** What each run makes. */
  work: ScheduledWork
  missedRuns: MissedRunsPolicy
  overlap: OverlapPolicy
  jitterMs: number
  isPaused: boolean
  /** Null while paused and after the last run. */
  nextRunAt: Date | null
  createdBy: string
  createdAt: Date
  updatedAt: Date
}

export interface ScheduleRun {
  scheduleId: ScheduleId
  tenantId: TenantId
  dueAt: Date
  outcome: ScheduleRunOutcome
  isManual: boolean
  taskId: TaskId | null
  /** The run of a workflow that it started. */
  runId: RunId | null
  error: string | null
  /** How many runs it stands for: missed ones in a row are noted as one. */
  runs: number
  firedAt: Date
}
