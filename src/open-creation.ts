import {
  createPromptDispatch,
  createTaskCreation,
  createTaskPublisher,
} from './features/tasks/index.ts'
import type { Config } from './config.ts'

type Parts = Omit<Parameters<typeof createTaskCreation>[0], 'defaults' | 'dispatch'> &
  Omit<Parameters<typeof createTaskPublisher>[0], 'retrySeconds'> & {
    onFault: (part: string) => (error: unknown) => void
  }

/** What makes tasks, and the way of admitted ones to the broker: the scheduler's as well. */
export const openCreation = (config: Config, parts: Parts) => {
  const { db, clock, ids, agents, tracing, metrics, broker, onFault } = parts
  const retrySeconds = config.CADRE_SCHEDULER_SWEEP_SECONDS
  const publisher = createTaskPublisher({ db, clock, ids, broker, metrics, retrySeconds })
  const dispatch = createPromptDispatch({
    clock,
    publisher,
    windowPerQueue: config.CADRE_SCHEDULER_WINDOW,
    restSeconds: retrySeconds,
    onFault: onFault('dispatch'),
  })
  const creation = createTaskCreation({
    db,
    clock,
    ids,
    agents,
    tracing,
    metrics,
    dispatch,
    defaults: {
      maxRetries: config.CADRE_MAX_RETRIES,
      backoffBaseMs: config.CADRE_BACKOFF_BASE_SECONDS * 1_000,
      backoffCapMs: config.CADRE_BACKOFF_CAP_SECONDS * 1_000,
      backoffKind: config.CADRE_BACKOFF_KIND,
      backoffJitter: config.CADRE_BACKOFF_JITTER,
      noRetryOn: config.CADRE_NO_RETRY_ON,
    },
  })
  return { creation, publisher }
}
