import type { HealthCheck } from './features/health/index.ts'
import type { Broker, BrokerHealth, CircuitState } from './platform/broker/broker.ts'
import type { Metrics } from './platform/telemetry/metrics.ts'

const STATES = ['closed', 'open', 'half-open'] as const satisfies CircuitState[]

/** The broker as the health page shows it. */
export const lookAtBroker = (broker: Broker): HealthCheck => ({
  name: 'broker',
  check: async () => {
    const { isHealthy, circuit, detail } = await broker.health()
    return {
      status: isHealthy ? 'healthy' : 'unhealthy',
      detail: circuit === 'closed' ? detail : `circuit ${circuit}; ${detail}`,
    }
  },
})

/** The broker as the metrics show it. */
export const refreshBrokerGauges = async (broker: Broker, metrics: Metrics): Promise<void> => {
  const { circuit, stalled } = await broker.health().catch(silent)
  for (const state of STATES)
    metrics.circuitState.set({ circuit: `broker:${broker.name}`, state }, Number(state === circuit))
  metrics.stalledQueues.set(new Set(stalled.map(({ queue }) => queue)).size)
}

/** One that does not even say how it is takes nothing either. */
const silent = (): Pick<BrokerHealth, 'circuit' | 'stalled'> => ({ circuit: 'open', stalled: [] })
