import type { CircuitState } from '@cadre/contract'
import type { Circuit } from './features/circuits/index.ts'
import type { HealthCheck } from './features/health/index.ts'
import type { Broker, BrokerHealth } from './platform/broker/broker.ts'
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

/** The way to the broker as a circuit, which may be reset by hand. */
export const circuitOfBroker = (broker: Broker): Circuit => ({
  name: circuitNameOf(broker),
  look: async () => {
    const { circuit, detail } = await broker.health().catch(silent)
    return { state: circuit, detail }
  },
  reset: broker.tryNow,
})

/** The broker as the metrics show it. */
export const refreshBrokerGauges = async (broker: Broker, metrics: Metrics): Promise<void> => {
  const { circuit, stalled } = await broker.health().catch(silent)
  for (const state of STATES)
    metrics.circuitState.set({ circuit: circuitNameOf(broker), state }, Number(state === circuit))
  metrics.stalledQueues.set(new Set(stalled.map(({ queue }) => queue)).size)
}

/** One that does not even say how it is takes nothing either. */
const silent = (): Omit<BrokerHealth, 'isHealthy'> => ({
  circuit: 'open',
  detail: 'does not answer',
  stalled: [],
})

const circuitNameOf = (broker: Broker): string => `broker:${broker.name}`
