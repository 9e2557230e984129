import type { AgentId, TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'

/** What finished attempts of one agent add up to within one hour. */
export interface AgentHour {
  tenantId: TenantId
  agentId: AgentId
  hour: Date
  attempts: number
  completed: number
  failed: number
  quarantined: number
  cost: number
  durationMsSum: number
  durationBuckets: number[]
  lastSeenAt: Date
}

/** Adds to what is stored. */
export const addAgentHour = async (db: Queryable, hour: AgentHour): Promise<void> => {
  await db.query(
    `insert into agent_hours as h (tenant_id, agent_id, hour, attempts, completed, failed,
       quarantined, cost, duration_ms_sum, duration_buckets, last_seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (agent_id, hour) do update set
       attempts = h.attempts + excluded.attempts, completed = h.completed + excluded.completed,
       failed = h.failed + excluded.failed, quarantined = h.quarantined + excluded.quarantined,
       cost = h.cost + excluded.cost,
       duration_ms_sum = h.duration_ms_sum + excluded.duration_ms_sum,
       duration_buckets = array(
         select coalesce(a, 0) + coalesce(b, 0)
         from unnest(h.duration_buckets, excluded.duration_buckets) as u (a, b)),
       last_seen_at = greatest(h.last_seen_at, excluded.last_seen_at)`,
    [
      hour.tenantId,
      hour.agentId,
      hour.hour,
      hour.attempts,
      hour.completed,
      hour.failed,
      hour.quarantined,
      hour.cost,
      hour.durationMsSum,
      hour.durationBuckets,
      hour.lastSeenAt,
    ],
  )
}

export interface AgentTotals {
  attempts: number
  completed: number
  failed: number
  quarantined: number
  cost: string
  durationMsSum: number
  durationBuckets: number[]
  lastSeenAt: Date | null
}

/** Sums the hours of one agent: one row an hour, however many attempts there were. */
export const agentTotals = async (db: Queryable, agentId: AgentId): Promise<AgentTotals> => {
  const rows = await db.query<{
    attempts: number
    completed: number
    failed: number
    quarantined: number
    cost: string
    duration_ms_sum: number
    duration_buckets: number[] | null
    last_seen_at: Date | null
  }>(
    `with hours as (select * from agent_hours where agent_id = $1),
     buckets as (
       select u.place, sum(u.count)::bigint as count
       from hours cross join lateral unnest(duration_buckets) with ordinality as u (count, place)
       group by u.place)
     select coalesce(sum(attempts), 0)::bigint as attempts,
       coalesce(sum(completed), 0)::bigint as completed,
       coalesce(sum(failed), 0)::bigint as failed,
       coalesce(sum(quarantined), 0)::bigint as quarantined,
       coalesce(sum(cost), 0)::numeric(18, 6) as cost,
       coalesce(sum(duration_ms_sum), 0) as duration_ms_sum,
       (select array_agg(count order by place) from buckets) as duration_buckets,
       max(last_seen_at) as last_seen_at
     from hours`,
    [agentId],
  )
  const [row] = rows
  return {
    attempts: row?.attempts ?? 0,
    completed: row?.completed ?? 0,
    failed: row?.failed ?? 0,
    quarantined: row?.quarantined ?? 0,
    cost: row?.cost ?? '0.000000',
    durationMsSum: row?.duration_ms_sum ?? 0,
    durationBuckets: (row?.duration_buckets ?? []).map(Number),
    lastSeenAt: row?.last_seen_at ?? null,
  }
}

export interface AgentWorkDone {
  completed: number
  lastSeenAt: Date
}

/** What each agent completed and when it last finished an attempt; idle agents are left out. */
export const workOfAgents = async (
  db: Queryable,
  agentIds: readonly AgentId[],
): Promise<Map<string, AgentWorkDone>> => {
  const rows = await db.query<{ agent_id: string; completed: number; last_seen_at: Date }>(
    `select agent_id, sum(completed)::bigint as completed, max(last_seen_at) as last_seen_at
     from agent_hours where agent_id = any ($1::uuid[]) group by agent_id`,
    [agentIds],
  )
  return new Map(
    rows.map((row) => [row.agent_id, { completed: row.completed, lastSeenAt: row.last_seen_at }]),
  )
}

/** What a tenant's agents finished since `since`. */
export const tenantTotalsSince = async (db: Queryable, tenantId: TenantId, since: Date) => {
  const [row] = await db.query<{ completed: number; failed: number }>(
    `select coalesce(sum(completed), 0)::bigint as completed,
       coalesce(sum(failed), 0)::bigint as failed
     from agent_hours where tenant_id = $1 and hour >= $2`,
    [tenantId, since],
  )
  return { completed: row?.completed ?? 0, failed: row?.failed ?? 0 }
}
