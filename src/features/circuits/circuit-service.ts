import type { Circuit as CircuitView } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Principal } from '#platform/web/context.ts'
import { circuitNotFound } from './circuit-errors.ts'
import type { Circuit } from './circuit.ts'

export type CircuitService = ReturnType<typeof createCircuitService>

/** The circuit breakers of this process: seen, and reset by hand. */
export const createCircuitService = (options: {
  db: Db
  clock: Clock
  circuits: readonly Circuit[]
}) => {
  const { db, clock, circuits } = options
  const view = async (circuit: Circuit): Promise<CircuitView> => ({
    name: circuit.name,
    ...(await circuit.look()),
  })
  return {
    list: (): Promise<CircuitView[]> => Promise.all(circuits.map(view)),

    /**
     * Has the next attempt made now rather than when the breaker would; noted as an event first.
     * @throws AppError `circuit.not_found`
     */
    reset: async (principal: Principal, name: string): Promise<CircuitView> => {
      const circuit = circuits.find((one) => one.name === name)
      if (circuit === undefined) throw circuitNotFound()
      const { state } = await circuit.look()
      const { tenantId, id: subjectId } = principal
      const at = clock.now()
      const data = { circuit: name, actor_id: principal.id, actor_name: principal.name }
      await db.ofTenant(tenantId).transaction(async (tx) => {
        await appendEvents(tx, [{ tenantId, type: 'circuit.reset', subjectId, at, data }])
        const resource = { kind: 'circuit', name }
        await recordWithin(tx, {
          tenantId,
          at,
          action: 'circuit.reset',
          resource,
          before: { state },
        })
      })
      circuit.reset()
      return view(circuit)
    },
  }
}
