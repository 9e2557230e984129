import type { Config } from './config.ts'
import type { HealthCheck } from './features/health/index.ts'
import { createMemoryState } from './platform/cache/memory-state.ts'
import { createRedisState } from './platform/cache/redis-state.ts'
import { createResilientState } from './platform/cache/resilient-state.ts'
import type { SharedState } from './platform/cache/shared-state.ts'
import type { Clock } from './platform/clock.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Random } from './platform/random.ts'
import type { Logger } from './platform/telemetry/logger.ts'

export interface OpenSharedStateOptions {
  config: Config
  clock: Clock
  random: Random
  lifecycle: Lifecycle
  logger: Logger
}

/** Redis where the configuration names one, with this process's memory behind it. */
export const openSharedState = (options: OpenSharedStateOptions): SharedState => {
  const { config, clock, random, lifecycle, logger } = options
  const onFault = (error: unknown) => logger.warn('shared_state.fault', { error })
  const memory = createMemoryState({
    clock,
    onFault,
    rateProcesses: config.CADRE_RATE_PROCESSES,
  })
  if (config.CADRE_REDIS_URL === undefined) return memory
  const state = createResilientState({
    clock,
    memory,
    redis: createRedisState({
      clock,
      random,
      onFault,
      url: config.CADRE_REDIS_URL,
      keyPrefix: config.CADRE_REDIS_PREFIX,
    }),
    onLost: () => logger.warn('shared_state.lost'),
    onRecovered: () => logger.info('shared_state.recovered'),
  })
  lifecycle.onStop('shared state', state.close)
  return state
}

/** Never unhealthy: what is not shared works for each process by itself. */
export const lookAtRedis = (state: SharedState): HealthCheck => ({
  name: 'redis',
  check: async () => {
    const { isHealthy, detail } = await state
      .health()
      .catch(() => ({ isHealthy: false, detail: 'Redis does not answer.' }))
    return { status: isHealthy ? 'healthy' : 'degraded', detail }
  },
})
