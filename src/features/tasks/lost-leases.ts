import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { FailureJudge } from './failure-judge.ts'
import type { LostLease } from './failure-store.ts'

export interface GivingUp {
  judge: FailureJudge
  logger: Logger
  metrics: Metrics
}

/** What those do who find that nobody works on a task any more. Never executes anything. */
export const createGiveUp =
  ({ judge, logger, metrics }: GivingUp) =>
  /** @returns false when the lease had changed meanwhile, and nothing was done */
  async (
    lease: LostLease,
    { outcome, error }: { outcome: 'lost' | 'abandoned' | 'handed_back'; error: string },
  ): Promise<boolean> => {
    const task = await judge({
      ...lease,
      outcome,
      category: outcome === 'handed_back' ? 'retriable' : 'timeout',
      error,
      retryAfterMs: null,
      cost: null,
    })
    if (task === null) return false
    metrics.leasesLost.inc()
    logger.warn('task.lease_lost', { taskId: lease.taskId, agentId: lease.agentId })
    return true
  }
