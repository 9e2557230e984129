import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { unadmitOverdue } from '#platform/outbox/outbox-store.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { FailureJudge } from './failure-judge.ts'
import { findExpiredLeases, findOrphanedLeases, type LostLease } from './failure-store.ts'

const ROWS_PER_SWEEP = 500

export interface RecoveryOptions {
  db: Db
  clock: Clock
  judge: FailureJudge
  logger: Logger
  metrics: Metrics
  sweepSeconds: number
}

export interface Recovery {
  /** One pass: re-queues what lost its lease or was lost by the broker. Never executes anything. */
  sweep(): Promise<void>
  /**
   * Re-queues what workers of earlier processes held, without waiting for their leases. Only for
   * a database that no other process can have open.
   */
  reclaimFromDeadProcesses(instanceId: string): Promise<number>
  close(): void
}

/** The reaper: as long as it runs anywhere, nothing stays leased to the dead. */
export const createRecovery = (options: RecoveryOptions): Recovery => {
  const { db, clock, judge, logger, metrics } = options
  let timer: Timer | null = null
  let isClosed = false

  const giveUp = async (lease: LostLease, error: string, outcome: 'lost' | 'handed_back') => {
    const task = await judge({
      ...lease,
      outcome,
      category: outcome === 'lost' ? 'timeout' : 'retriable',
      error,
      retryAfterMs: null,
      cost: null,
    })
    if (task === null) return
    metrics.leasesLost.inc()
    logger.warn('task.lease_lost', { taskId: lease.taskId, agentId: lease.agentId })
  }
  const sweep = async () => {
    const expired = await findExpiredLeases(db, clock.now(), ROWS_PER_SWEEP)
    await Promise.all(
      expired.map((lease) =>
        giveUp(lease, 'The lease ran out: the agent sent no heartbeat in time.', 'lost'),
      ),
    )
    while ((await unadmitOverdue(db, clock.now(), ROWS_PER_SWEEP)) === ROWS_PER_SWEEP);
  }
  const repeat = async () => {
    try {
      await sweep()
    } catch (error) {
      logger.error('recovery.sweep_failed', { error })
    }
    if (!isClosed) timer = clock.after(options.sweepSeconds * 1_000, () => void repeat())
  }
  timer = clock.after(options.sweepSeconds * 1_000, () => void repeat())

  return {
    sweep,
    reclaimFromDeadProcesses: async (instanceId) => {
      let reclaimed = 0
      for (;;) {
        const orphans = await findOrphanedLeases(db, instanceId, ROWS_PER_SWEEP)
        await Promise.all(
          orphans.map((lease) =>
            giveUp(lease, 'The process that ran the task was killed.', 'handed_back'),
          ),
        )
        reclaimed += orphans.length
        if (orphans.length < ROWS_PER_SWEEP) return reclaimed
      }
    },
    close: () => {
      isClosed = true
      timer?.cancel()
    },
  }
}
