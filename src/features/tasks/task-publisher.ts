import type { Broker } from '#platform/broker/broker.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { AdmittedRow } from '#platform/outbox/admission-store.ts'
import { unadmit } from '#platform/outbox/outbox-store.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'

export interface TaskPublisherOptions {
  db: Db
  clock: Clock
  ids: Ids
  broker: Pick<Broker, 'publish'>
  metrics: Metrics
  /** After so long, work that the broker did not take is admitted once more. */
  retrySeconds: number
}

export interface TaskPublisher {
  /**
   * Hands admitted work to the broker, in its order; the messages expire at `expiresAt`. Resolves
   * when the broker has confirmed them; what it does not take waits again.
   */
  publish(rows: readonly AdmittedRow[], expiresAt: Date): Promise<void>
}

export const createTaskPublisher = (options: TaskPublisherOptions): TaskPublisher => {
  const { db, clock, ids, broker, metrics } = options
  return {
    publish: async (rows, expiresAt) => {
      if (rows.length === 0) return
      const now = clock.now().getTime()
      try {
        await broker.publish(rows.map((row) => messageOf(row, ids, expiresAt)))
      } catch (error) {
        const taskIds = rows.map((row) => row.taskId)
        await unadmit(db, taskIds, new Date(now + options.retrySeconds * 1_000))
        throw error
      }
      for (const { queue, dueAt } of rows) {
        if (dueAt === null) continue
        metrics.tasksAdmitted.inc({ queue })
        metrics.admissionSeconds.observe(Math.max(0, now - dueAt.getTime()) / 1_000)
      }
    },
  }
}

const messageOf = (row: AdmittedRow, ids: Ids, expiresAt: Date) => ({
  id: ids.uuid(),
  tenantId: row.tenantId,
  queue: row.queue,
  level: row.level,
  expiresAt,
  headers: {
    task_id: row.taskId,
    priority: row.priority,
    attempt: row.attempt,
    agent_id: row.agentId,
    traceparent: row.traceparent,
    command: row.command,
    schema_version: 1 as const,
  },
})
