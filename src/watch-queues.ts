import type { Db } from './platform/db/db.ts'
import { depthByQueue } from './platform/outbox/outbox-store.ts'
import type { Metrics } from './platform/telemetry/metrics.ts'

/** The queues as the metrics show them. */
export const refreshQueueGauges = async (db: Db, metrics: Metrics): Promise<void> => {
  const depths = await depthByQueue(db)
  metrics.queueDepth.reset()
  metrics.queueOldestSeconds.reset()
  for (const { queue, state, depth, oldest_at } of depths) {
    metrics.queueDepth.set({ queue, state }, depth)
    const ageSeconds = Math.max(0, (Date.now() - oldest_at.getTime()) / 1_000)
    if (state === 'waiting') metrics.queueOldestSeconds.set({ queue }, ageSeconds)
  }
}
