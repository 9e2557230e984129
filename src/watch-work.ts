import { totalsOfQuarantine } from './features/quarantine/index.ts'
import type { Db } from './platform/db/db.ts'
import { depthByQueue } from './platform/outbox/outbox-store.ts'
import type { Metrics } from './platform/telemetry/metrics.ts'

/** What waits, and what waits for a person, as the metrics show it. */
export const refreshWorkGauges = async (db: Db, metrics: Metrics): Promise<void> => {
  const depths = await depthByQueue(db)
  metrics.queueDepth.reset()
  metrics.queueOldestSeconds.reset()
  for (const { queue, state, depth, oldest_at } of depths) {
    metrics.queueDepth.set({ queue, state }, depth)
    const ageSeconds = Math.max(0, (Date.now() - oldest_at.getTime()) / 1_000)
    if (state === 'waiting') metrics.queueOldestSeconds.set({ queue }, ageSeconds)
  }
  const quarantined = await totalsOfQuarantine(db)
  metrics.quarantineGroups.set(quarantined.groups)
  metrics.quarantinedTasks.set(quarantined.tasks)
}
