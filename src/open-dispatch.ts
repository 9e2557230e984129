import { createPromptDispatch, createTaskPublisher } from './features/tasks/index.ts'
import type { Config } from './config.ts'

type Parts = Omit<Parameters<typeof createTaskPublisher>[0], 'retrySeconds'> & {
  onFault: (part: string) => (error: unknown) => void
}

/** The way of admitted work to the broker: what the scheduler admits, and what need not wait for it. */
export const openDispatch = (config: Config, { onFault, ...parts }: Parts) => {
  const retrySeconds = config.CADRE_SCHEDULER_SWEEP_SECONDS
  const publisher = createTaskPublisher({ ...parts, retrySeconds })
  const dispatch = createPromptDispatch({
    clock: parts.clock,
    publisher,
    windowPerQueue: config.CADRE_SCHEDULER_WINDOW,
    restSeconds: retrySeconds,
    onFault: onFault('dispatch'),
  })
  return { publisher, dispatch }
}
