import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { unadmitOverdue } from '#platform/outbox/outbox-store.ts'
import { findExpiredLeases, findOrphanedLeases } from './failure-store.ts'
import { createGiveUp, type GivingUp } from './lost-leases.ts'

const ROWS_PER_SWEEP = 500

export interface RecoveryOptions extends GivingUp {
  db: Db
  clock: Clock
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
  const { db, clock, logger } = options
  let timer: Timer | null = null
  let isClosed = false

  const giveUp = createGiveUp(options)
  const sweep = async () => {
    const expired = await findExpiredLeases(db, clock.now(), ROWS_PER_SWEEP)
    await Promise.all(
      expired.map((lease) =>
        giveUp(lease, {
          outcome: 'lost',
          error: 'The lease ran out: the agent sent no heartbeat in time.',
        }),
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
            giveUp(lease, {
              outcome: 'handed_back',
              error: 'The process that ran the task was killed.',
            }),
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
