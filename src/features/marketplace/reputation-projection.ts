import type { EventType, TenantId } from '@cadre/contract'
import { placeOf, sketchOf } from '#features/performance/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { StoredEvent } from '#platform/events/event-store.ts'
import { createProjection, type Projection } from '#platform/events/projection.ts'
import { addItemDays, itemsOfAgents, type ItemDay } from './reputation-store.ts'

/** The ends of attempts. */
const EVENTS = [
  'task.completed',
  'task.retried',
  'task.quarantined',
] as const satisfies readonly EventType[]

const GATHER_MS = 1_000
/** What is listed follows what happened after so long. */
const STANDING_DELAY_MS = 10_000

/** Keeps what attempts of items add up to; each attempt counts once, and nothing else does. */
export const startReputationProjection = (options: {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
}): Promise<Projection> =>
  createProjection({
    ...options,
    name: 'marketplace_days',
    types: EVENTS,
    gatherMs: GATHER_MS,
    apply: async (tx, events) => {
      const ended = events.flatMap(attemptOf)
      if (ended.length === 0) return
      const items = await itemsOfAgents(tx, [...new Set(ended.map(({ agentId }) => agentId))])
      const days = daysOf(ended, items)
      const due = new Date(options.clock.now().getTime() + STANDING_DELAY_MS)
      if (days.length > 0) await addItemDays(tx, days, due)
    },
  })

interface EndedAttempt {
  agentId: string
  tenantId: TenantId
  day: string
  isCompleted: boolean
  isQuarantined: boolean
  cost: number
  durationMs: number
}

const attemptOf = ({ tenantId, event: { type, at, data } }: StoredEvent): EndedAttempt[] => {
  const { agent_id: agentId, duration_ms: durationMs } = data
  // Without a duration nothing was executed.
  if (!agentId || durationMs === undefined || durationMs === null) return []
  return [
    {
      agentId,
      tenantId,
      day: new Date(at).toISOString().slice(0, 10),
      isCompleted: type === 'task.completed' && !data.category,
      isQuarantined: type === 'task.quarantined',
      cost: Number(data.cost ?? 0),
      durationMs,
    },
  ]
}

/** Sums per item, day and tenant. Agents that come from no item are left out. */
const daysOf = (ended: readonly EndedAttempt[], items: ReadonlyMap<string, string>): ItemDay[] => {
  const days = new Map<string, ItemDay & { places: Map<number, number> }>()
  for (const attempt of ended) {
    const itemId = items.get(attempt.agentId)
    if (itemId === undefined) continue
    const { tenantId, day } = attempt
    const key = `${itemId} ${day} ${tenantId}`
    const sum = days.get(key) ?? { ...EMPTY, itemId, tenantId, day, places: new Map() }
    days.set(key, sum)
    sum.attempts += 1
    sum.completed += attempt.isCompleted ? 1 : 0
    sum.quarantined += attempt.isQuarantined ? 1 : 0
    sum.cost += attempt.cost
    const place = placeOf(attempt.durationMs)
    sum.places.set(place, (sum.places.get(place) ?? 0) + 1)
  }
  return [...days.values()].map(({ places, ...day }) => ({ ...day, durations: sketchOf(places) }))
}

const EMPTY = {
  attempts: 0,
  completed: 0,
  quarantined: 0,
  cost: 0,
  durations: { places: [], counts: [] },
}
