import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createProjection, type Projection } from '#platform/events/projection.ts'
import { addBuckets, deleteHoursBefore } from './performance-store.ts'
import { bucketsOf, PERFORMANCE_EVENTS } from './workflow-buckets.ts'

/** People look at it by the hour; larger pages cost less. */
const GATHER_MS = 1_000

/** Keeps the sums of runs and steps that ended, each counted once. */
export const startPerformanceProjection = (options: {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
}): Promise<Projection> =>
  createProjection({
    ...options,
    name: 'workflow_performance',
    types: PERFORMANCE_EVENTS,
    apply: (tx, events) => addBuckets(tx, bucketsOf(events)),
    gatherMs: GATHER_MS,
  })

/** For the sweep of retention: hours go with the finished tasks; days stay, as agents' hours do. */
export const removeOldHours =
  (db: Db) =>
  (before: Date, rowsMax: number): Promise<number> =>
    deleteHoursBefore(db, before, rowsMax)
