import type { CircuitState } from '@cadre/contract'

/** A circuit breaker of this process, as those who watch over it see it. */
export interface Circuit {
  /** As the metrics name it, such as `broker:rabbitmq`. */
  name: string
  look(): Promise<{ state: CircuitState; detail: string }>
  /** Lets the next attempt be made at once; a closed one stays as it is. */
  reset(): void
}
