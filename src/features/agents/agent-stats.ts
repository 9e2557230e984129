import type { AgentId, AgentStats, EventData, EventType, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { StoredEvent } from '#platform/events/event-store.ts'
import { addAgentHour, agentTotals, type AgentHour } from './agent-stats-store.ts'
import { BUCKET_COUNT, bucketOf, quantile } from './duration-buckets.ts'

export const AGENT_STATS_PROJECTION = 'agent_hours'

/** The ends of attempts. */
export const AGENT_STATS_EVENTS = [
  'task.completed',
  'task.retried',
  'task.quarantined',
] as const satisfies readonly EventType[]

/** Adds finished attempts to the hours of their agents. */
export const projectAgentHours = async (tx: Tx, events: readonly StoredEvent[]): Promise<void> => {
  for (const hour of hoursOf(events)) await addAgentHour(tx, hour)
}

/** Pure part of the projection: what these events add, per agent and hour. */
export const hoursOf = (events: readonly StoredEvent[]): AgentHour[] => {
  const hours = new Map<string, AgentHour>()
  for (const { tenantId, event } of events) {
    const attempt = finishedAttempt(event.type, event.data)
    if (attempt === null) continue
    const at = new Date(event.at)
    const hour = new Date(at)
    hour.setUTCMinutes(0, 0, 0)
    const key = `${attempt.agentId} ${hour.getTime()}`
    const sum = hours.get(key) ?? emptyHour(tenantId, attempt.agentId, hour, at)
    hours.set(key, sum)
    sum.attempts += 1
    sum.completed += attempt.isCompleted ? 1 : 0
    sum.failed += attempt.isFailed ? 1 : 0
    sum.quarantined += attempt.isQuarantined ? 1 : 0
    sum.cost += attempt.cost
    sum.durationMsSum += attempt.durationMs
    const bucket = bucketOf(attempt.durationMs)
    sum.durationBuckets[bucket] = (sum.durationBuckets[bucket] ?? 0) + 1
    if (at > sum.lastSeenAt) sum.lastSeenAt = at
  }
  return [...hours.values()]
}

interface FinishedAttempt {
  agentId: AgentId
  isCompleted: boolean
  isFailed: boolean
  isQuarantined: boolean
  cost: number
  durationMs: number
}

const finishedAttempt = (type: EventType, data: EventData): FinishedAttempt | null => {
  if (!data.agent_id || data.duration_ms === undefined || data.duration_ms === null) return null
  if (!(AGENT_STATS_EVENTS as readonly EventType[]).includes(type)) return null
  const isFailed = type !== 'task.completed' || Boolean(data.category)
  return {
    agentId: data.agent_id,
    isCompleted: !isFailed,
    isFailed,
    isQuarantined: type === 'task.quarantined',
    cost: Number(data.cost ?? 0),
    durationMs: data.duration_ms,
  }
}

const emptyHour = (tenantId: TenantId, agentId: AgentId, hour: Date, at: Date): AgentHour => ({
  tenantId,
  agentId,
  hour,
  attempts: 0,
  completed: 0,
  failed: 0,
  quarantined: 0,
  cost: 0,
  durationMsSum: 0,
  durationBuckets: Array.from({ length: BUCKET_COUNT }, () => 0),
  lastSeenAt: at,
})

/** From executed attempts only. */
export const readAgentStats = async (db: Queryable, agentId: AgentId): Promise<AgentStats> => {
  const totals = await agentTotals(db, agentId)
  const rate = (part: number) => (totals.attempts === 0 ? null : part / totals.attempts)
  return {
    agent_id: agentId,
    tasks_completed: totals.completed,
    attempts: totals.attempts,
    attempts_failed: totals.failed,
    success_rate: rate(totals.completed),
    quarantined: totals.quarantined,
    quarantine_rate: rate(totals.quarantined),
    latency_ms: {
      mean: totals.attempts === 0 ? null : totals.durationMsSum / totals.attempts,
      p50: quantile(totals.durationBuckets, 0.5),
      p95: quantile(totals.durationBuckets, 0.95),
      p99: quantile(totals.durationBuckets, 0.99),
    },
    total_cost: totals.cost,
    cost_per_completed_task:
      totals.completed === 0 ? null : (Number(totals.cost) / totals.completed).toFixed(6),
    last_seen_at: totals.lastSeenAt?.toISOString() ?? null,
  }
}
