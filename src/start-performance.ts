import {
  createPerformanceService,
  performanceRoutes,
  removeOldHours,
  startPerformanceProjection,
} from './features/performance/index.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Logger } from './platform/telemetry/logger.ts'

type Parts = Omit<Parameters<typeof createPerformanceService>[0], 'projection'> & {
  logger: Logger
  lifecycle: ReturnType<typeof createLifecycle>
}

/** Keeps what runs took and cost, and answers for it. */
export const startPerformance = async ({ logger, lifecycle, ...parts }: Parts) => {
  const { db, clock } = parts
  const projection = await startPerformanceProjection({
    db,
    clock,
    onFault: (error) => logger.error('background.fault', { part: 'workflow performance', error }),
  })
  lifecycle.onStop('workflow performance', projection.close)
  return {
    router: () => performanceRoutes(createPerformanceService({ ...parts, projection })),
    removeOldHours: removeOldHours(db),
  }
}
