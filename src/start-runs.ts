import {
  createRunLookups,
  createRunMover,
  createRunRerun,
  createRunService,
  createStepDecisions,
  createUndoCost,
  startRunMessenger,
  startRunTimers,
  startRunWatch,
} from './features/runs/index.ts'
import type { Config } from './config.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Logger } from './platform/telemetry/logger.ts'

type Parts = Omit<Parameters<typeof createRunMover>[0], 'lookups'> &
  Parameters<typeof createRunLookups>[0] &
  Omit<Parameters<typeof createRunService>[0], 'mover'> &
  Omit<Parameters<typeof createStepDecisions>[0], 'mover'>

/** What moves runs, and what people do with them. */
export const createRuns = (parts: Parts) => {
  const mover = createRunMover({ ...parts, lookups: createRunLookups(parts) })
  const { db, clock, ids, agents, workflows } = parts
  return {
    mover,
    runs: createRunService({ ...parts, mover }),
    rerun: createRunRerun({ db, clock, ids, mover, workflows }),
    decisions: createStepDecisions({ db, clock, mover, agents }),
    costToUndo: createUndoCost({ agents, workflows }),
  }
}

/** What goes on by itself: deadlines, and messages between runs of one family. */
export const startRuns = async (
  config: Config,
  options: Pick<Parts, 'db' | 'clock' | 'metrics'> & {
    mover: ReturnType<typeof createRunMover>
    logger: Logger
    lifecycle: ReturnType<typeof createLifecycle>
  },
): Promise<void> => {
  const { lifecycle } = options
  const messenger = await startRunMessenger(options)
  lifecycle.onStop('messages between runs', messenger.close)
  const timers = await startRunTimers({
    ...options,
    sweepSeconds: config.CADRE_RECOVERY_SWEEP_SECONDS,
  })
  lifecycle.onStop('deadlines of runs', timers.close)
  const watch = startRunWatch({ ...options, stuckMs: config.CADRE_RUN_STUCK_SECONDS * 1_000 })
  lifecycle.onStop('watch over runs', watch.close)
}
