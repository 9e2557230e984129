import { z } from 'zod'

/** Closed, it lets calls through; open, it refuses them at once; half-open, one finds out. */
export const CircuitState = z.enum(['closed', 'open', 'half-open']).meta({ id: 'CircuitState' })
export type CircuitState = z.infer<typeof CircuitState>

/** A circuit breaker around what is outside, in the process that answers. */
export const Circuit = z
  .object({
    name: z.string().meta({ example: 'broker:rabbitmq' }),
    state: CircuitState,
    detail: z.string(),
  })
  .meta({ id: 'Circuit' })
export type Circuit = z.infer<typeof Circuit>

export const CircuitList = z.object({ items: z.array(Circuit), next_cursor: z.null() })
