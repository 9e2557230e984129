import { removeOldAuditRecords } from './features/audit/index.ts'
import { removeOldCredentials } from './features/identity/index.ts'
import { removeOldHours } from './features/performance/index.ts'
import { removeOldQuarantine } from './features/quarantine/index.ts'
import { removeOldRuns } from './features/runs/index.ts'
import {
  createRecovery,
  createRetention,
  createScheduler,
  createTimeLimits,
} from './features/tasks/index.ts'
import type { Config } from './config.ts'
import { startRuns } from './start-runs.ts'

type Parts = Omit<Parameters<typeof createRecovery>[0], 'sweepSeconds'> &
  Pick<Parameters<typeof createScheduler>[0], 'publisher' | 'suspended'> &
  Parameters<typeof startRuns>[1] & {
    instanceId: string
    onFault: (part: string) => (error: unknown) => void
  }

/** What a process of the role `scheduler` does by itself, without being asked. */
export const startScheduling = async (config: Config, parts: Parts): Promise<void> => {
  const { db, clock, judge, mover, publisher, logger, metrics, lifecycle, instanceId } = parts
  const sweepSeconds = config.CADRE_RECOVERY_SWEEP_SECONDS
  const recovery = createRecovery({ db, clock, judge, logger, metrics, sweepSeconds })
  lifecycle.onStop('recovery', recovery.close)
  if (db.dialect === 'pglite') await recovery.reclaimFromDeadProcesses(instanceId)
  const { owner } = mover
  const timeLimits = createTimeLimits({ db, clock, judge, owner, logger, metrics, sweepSeconds })
  lifecycle.onStop('time limits', timeLimits.close)
  const retention = createRetention({
    db,
    clock,
    logger,
    taskDays: config.CADRE_RETENTION_TASK_DAYS,
    eventDays: config.CADRE_RETENTION_EVENT_DAYS,
    sweepMinutes: config.CADRE_RETENTION_SWEEP_MINUTES,
    auditDays: config.CADRE_RETENTION_AUDIT_DAYS,
    removeAudit: removeOldAuditRecords(db),
    removeAlso: [
      removeOldQuarantine(db),
      removeOldRuns(db),
      removeOldHours(db),
      ...removeOldCredentials(db),
    ],
  })
  lifecycle.onStop('retention', retention.close)
  const scheduler = await createScheduler({
    db,
    clock,
    publisher,
    suspended: parts.suspended,
    onFault: parts.onFault('scheduler'),
    candidate: db.dialect === 'pglite' ? null : instanceId,
    batchMax: config.CADRE_SCHEDULER_BATCH,
    windowPerQueue: config.CADRE_SCHEDULER_WINDOW,
    redeliverSeconds: config.CADRE_REDELIVER_SECONDS,
    sweepSeconds: config.CADRE_SCHEDULER_SWEEP_SECONDS,
  })
  lifecycle.onStop('scheduler', scheduler.close)
  await startRuns(config, parts)
}
