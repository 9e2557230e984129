import { createPerformanceService } from '#features/performance/performance-service.ts'
import { startPerformanceProjection } from '#features/performance/performance-projection.ts'
import type { Db } from '#platform/db/db.ts'
import { settleProjection } from './projections.ts'
import { createRunSite } from './run-site.ts'

/** From before the first run of a test to after its last one. */
export const EVER = { since: '2025-12-01T00:00:00Z', until: '2026-12-31T00:00:00Z' }

/** A site of runs where two processes keep the sums of what they took and cost. */
export const createPerformanceSite = async (db: Db) => {
  const site = await createRunSite(db)
  const { clock, workflows, owner } = site
  const faults: unknown[] = []
  const onFault = (error: unknown) => void faults.push(error)
  const projection = await startPerformanceProjection({ db, clock, onFault })
  const other = await startPerformanceProjection({ db, clock, onFault })
  const performance = createPerformanceService({ db, clock, workflows, projection })
  /** Everything that happened is summed. */
  const settled = () => settleProjection(db, 'workflow_performance', projection)
  return {
    ...site,
    projection,
    other,
    performance,
    faults,
    settled,
    read: async (workflow: string, query: object = EVER) => {
      await settled()
      return performance.read(owner.tenantId, workflow, query)
    },
    close: async () => {
      await other.close()
      await projection.close()
      await site.close()
    },
  }
}

export type PerformanceSite = Awaited<ReturnType<typeof createPerformanceSite>>
