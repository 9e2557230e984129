import type { TenantId } from '@cadre/contract'
import type { DurationSketch } from '#features/performance/index.ts'
import type { Queryable, Tx } from '#platform/db/db.ts'

/** What finished attempts of one item, tenant and day add up to. */
export interface ItemDay {
  itemId: string
  tenantId: TenantId
  /** Such as `2026-07-01`, of UTC. */
  day: string
  attempts: number
  completed: number
  quarantined: number
  cost: number
  durations: DurationSketch
}

/** Which items these agents are versions of; agents that come from none are left out. */
export const itemsOfAgents = async (
  db: Queryable,
  agentIds: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db.query<{ agent_id: string; item_id: string }>(
    'select agent_id, item_id from marketplace_sources where agent_id = any ($1::uuid[])',
    [agentIds],
  )
  return new Map(rows.map((row) => [row.agent_id, row.item_id]))
}

/** Adds to what is stored, and has the items summed anew by `due`. No two days may be the same. */
export const addItemDays = async (tx: Tx, days: readonly ItemDay[], due: Date): Promise<void> => {
  await tx.query(
    `insert into marketplace_days as p (item_id, day, tenant_id, attempts, completed, quarantined,
       cost, duration_places, duration_counts)
     select n.item_id, n.day, n.tenant_id, n.attempts, n.completed, n.quarantined, n.cost,
       n.duration_places, n.duration_counts
     from json_to_recordset($1::json) as n (item_id uuid, day date, tenant_id uuid,
       attempts bigint, completed bigint, quarantined bigint, cost numeric,
       duration_places smallint[], duration_counts bigint[])
     on conflict (item_id, day, tenant_id) do update set
       attempts = p.attempts + excluded.attempts, completed = p.completed + excluded.completed,
       quarantined = p.quarantined + excluded.quarantined, cost = p.cost + excluded.cost,
       (duration_places, duration_counts) = (
         select array_agg(place order by place), array_agg(count order by place)
         from (
           select place, sum(count)::bigint as count
           from (select * from unnest(p.duration_places, p.duration_counts) as a (place, count)
             union all
             select * from unnest(excluded.duration_places, excluded.duration_counts)
               as b (place, count)) as u
           group by place) as merged)`,
    [
      JSON.stringify(
        days.map((day) => ({
          item_id: day.itemId,
          day: day.day,
          tenant_id: day.tenantId,
          attempts: day.attempts,
          completed: day.completed,
          quarantined: day.quarantined,
          cost: day.cost,
          duration_places: day.durations.places,
          duration_counts: day.durations.counts,
        })),
      ),
    ],
  )
  await tx.query(
    `update marketplace_items set standing_due_at = $2
     where id in (select id from marketplace_items where id = any ($1::uuid[])
       order by id for update) and (standing_due_at is null or standing_due_at > $2)`,
    [[...new Set(days.map(({ itemId }) => itemId))], due],
  )
}

/** What the attempts of some time add up to. */
export interface AttemptSums {
  attempts: number
  completed: number
  quarantined: number
  cost: string
  activeTenants: number
  durations: DurationSketch
}

export interface WindowSums extends AttemptSums {
  days: number
}

export interface DaySums extends AttemptSums {
  /** Such as `2026-07-01`, of UTC. */
  day: string
}

/** What tenants other than the publisher's ran within the last days, for each of the windows. */
export const windowSums = async (
  db: Queryable,
  about: { itemId: string; now: Date; windows: readonly number[] },
): Promise<WindowSums[]> => {
  const chosen = `select w.days, d.* from unnest($3::int[]) as w (days)
    join marketplace_items as i on i.id = $1
    join marketplace_days as d on d.item_id = $1 and d.tenant_id <> i.tenant_id
      and d.day > ($2::timestamptz at time zone 'UTC')::date - w.days`
  const values = [about.itemId, about.now, about.windows]
  const sums = await db.query<{
    days: number
    attempts: number
    completed: number
    quarantined: number
    cost: string
    active_tenants: number
  }>(
    `select days, sum(attempts)::bigint as attempts, sum(completed)::bigint as completed,
       sum(quarantined)::bigint as quarantined, sum(cost)::text as cost,
       count(distinct tenant_id) as active_tenants
     from (${chosen}) as chosen group by days`,
    values,
  )
  const spread = await db.query<{ days: number; places: number[]; counts: number[] }>(
    `select days, array_agg(place order by place) as places,
       array_agg(count order by place) as counts
     from (
       select days, u.place::int as place, sum(u.count)::bigint as count
       from (${chosen}) as chosen
         cross join lateral unnest(duration_places, duration_counts) as u (place, count)
       group by days, u.place) as merged
     group by days`,
    values,
  )
  return about.windows.map((days) => {
    const sum = sums.find((row) => row.days === days)
    const durations = spread.find((row) => row.days === days)
    return {
      days,
      attempts: sum?.attempts ?? 0,
      completed: sum?.completed ?? 0,
      quarantined: sum?.quarantined ?? 0,
      cost: sum?.cost ?? '0',
      activeTenants: sum?.active_tenants ?? 0,
      durations: {
        places: durations?.places ?? [],
        counts: durations?.counts.map(Number) ?? [],
      },
    }
  })
}

/** The same for each of the last days on which they ran it, in order. */
export const daySums = async (
  db: Queryable,
  { itemId, now, days }: { itemId: string; now: Date; days: number },
): Promise<DaySums[]> => {
  const rows = await db.query<{
    day: string
    attempts: number
    completed: number
    quarantined: number
    cost: string
    active_tenants: number
    places: number[]
    counts: number[]
  }>(
    `with chosen as (
       select d.* from marketplace_items as i
         join marketplace_days as d on d.item_id = i.id and d.tenant_id <> i.tenant_id
       where i.id = $1 and d.day > ($2::timestamptz at time zone 'UTC')::date - $3::int),
     spread as (
       select day, array_agg(place order by place) as places,
         array_agg(count order by place) as counts
       from (
         select c.day, u.place::int as place, sum(u.count)::bigint as count
         from chosen as c
           cross join lateral unnest(c.duration_places, c.duration_counts) as u (place, count)
         group by c.day, u.place) as merged
       group by day)
     select c.day::text as day, sum(c.attempts)::bigint as attempts,
       sum(c.completed)::bigint as completed, sum(c.quarantined)::bigint as quarantined,
       sum(c.cost)::text as cost, count(*) as active_tenants, s.places, s.counts
     from chosen as c join spread as s using (day)
     group by c.day, s.places, s.counts order by c.day`,
    [itemId, now, days],
  )
  return rows.map(({ active_tenants, places, counts, ...sums }) => ({
    ...sums,
    activeTenants: active_tenants,
    durations: { places, counts: counts.map(Number) },
  }))
}

/** Items whose sums are due, so that nobody else sums them meanwhile. */
export const claimDueItems = async (
  tx: Tx,
  { now, limit }: { now: Date; limit: number },
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `select id from marketplace_items where standing_due_at <= $1
     order by standing_due_at limit $2 for update skip locked`,
    [now, limit],
  )
  return rows.map((row) => row.id)
}

/** When they are summed again, though nobody runs them: what is old falls out of the windows. */
export const setNextStanding = async (
  tx: Tx,
  item: { id: string; dueAt: Date | null; isWellKnown: boolean },
): Promise<void> => {
  await tx.query(
    `update marketplace_items set standing_due_at = $2, is_well_known = is_well_known or $3
     where id = $1`,
    [item.id, item.dueAt, item.isWellKnown],
  )
}

export const hasRun = async (
  db: Queryable,
  { itemId, tenantId }: { itemId: string; tenantId: TenantId },
): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from marketplace_days where tenant_id = $1 and item_id = $2 limit 1',
    [tenantId, itemId],
  )
  return rows.length > 0
}
