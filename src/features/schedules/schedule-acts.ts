import type { AuditedAct } from '#features/audit/index.ts'
import { assert } from '#platform/errors.ts'
import type { ScheduleRecord, ScheduleRun } from './schedule.ts'

// What people do to schedules, as the audit log tells it.

const VERBS = {
  created: 'create',
  updated: 'update',
  paused: 'pause',
  resumed: 'resume',
  deleted: 'delete',
} as const

export const scheduleAct = (
  change: keyof typeof VERBS,
  about: { before: ScheduleRecord | null; after: ScheduleRecord | null; at: Date },
): AuditedAct => {
  const { before, after, at } = about
  const schedule = after ?? before
  assert(schedule !== null, 'a change has a schedule before or after it')
  return {
    tenantId: schedule.tenantId,
    at,
    action: `schedule.${VERBS[change]}`,
    resource: { kind: 'schedule', id: schedule.id, name: schedule.name },
    before: before === null ? null : tellingFields(before),
    after: after === null ? null : tellingFields(after),
  }
}

export const scheduleTriggered = (schedule: ScheduleRecord, run: ScheduleRun): AuditedAct => ({
  tenantId: schedule.tenantId,
  at: run.firedAt,
  action: 'schedule.trigger',
  resource: { kind: 'schedule', id: schedule.id, name: schedule.name },
  after: run.runId === null ? { task_id: run.taskId } : { run_id: run.runId },
})

/** Without what its tasks and runs are given, which may be large or confidential. */
const tellingFields = ({ work, ...schedule }: ScheduleRecord) => ({
  name: schedule.name,
  cron: schedule.cron,
  every_seconds: schedule.everyMs === null ? null : schedule.everyMs / 1_000,
  at: schedule.at,
  time_zone: schedule.timeZone,
  starts_at: schedule.startsAt,
  ends_at: schedule.endsAt,
  missed_runs: schedule.missedRuns,
  overlap: schedule.overlap,
  jitter_seconds: schedule.jitterMs / 1_000,
  is_paused: schedule.isPaused,
  ...(work.kind === 'workflow'
    ? { workflow: work.workflow }
    : { agent: work.task.agent_id ?? null, capability: work.task.capability ?? null }),
})
