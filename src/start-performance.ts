import {
  createPerformanceService,
  performanceRoutes,
  startPerformanceProjection,
} from './features/performance/index.ts'
import type { WorkflowDirectory } from './features/workflows/index.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Logger } from './platform/telemetry/logger.ts'

type Parts = Pick<Parameters<typeof createPerformanceService>[0], 'db' | 'clock'> & {
  workflows: { directory: WorkflowDirectory }
  logger: Logger
  lifecycle: ReturnType<typeof createLifecycle>
}

/** Keeps what runs took and cost, and answers for it. */
export const startPerformance = async ({ db, clock, workflows, logger, lifecycle }: Parts) => {
  const projection = await startPerformanceProjection({
    db,
    clock,
    onFault: (error) => logger.error('background.fault', { part: 'workflow performance', error }),
  })
  lifecycle.onStop('workflow performance', projection.close)
  return {
    router: () =>
      performanceRoutes(
        createPerformanceService({ db, clock, workflows: workflows.directory, projection }),
      ),
  }
}
