import type { AgentId, TaskCommand, TaskId, TaskPriority, TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'
import { RELAXED_COMMIT } from '../db/relaxed-commit.ts'
import { EXPRESS_LEVELS, LEVEL_OF_TURNS } from './levels.ts'
import { HANDICAP_SECONDS_MAX, priorityOfRank } from './priority.ts'

export interface AdmittedRow {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId | null
  queue: string
  priority: TaskPriority
  /** Number of the attempt that a claim starts. */
  attempt: number
  traceparent: string | null
  command: TaskCommand | null
  /** Place in the broker, see `levels.ts`. */
  level: number
  /** Due since then; null when it was admitted before and only overtakes now. */
  dueAt: Date | null
}

export interface Admission {
  /** In the order in which they are to be published. */
  rows: AdmittedRow[]
  /** When the next row that is not due yet will be, or a rate lets the next one start. */
  nextDueAt: Date | null
  /** A queue with waiting rows has no room left: a claim or an end of a task makes some. */
  isFull: boolean
  /**
   * What is created there cannot change this: payloads of the outbox channel for tenants that have something in a
   * full queue, or that wait in a paused one.
   */
  closed: readonly string[]
  /** Who meets in a queue: a claim may call for another order there. Bounded. */
  standings: readonly Standing[]
  /** There was room for more than this round looked at. */
  hasMore: boolean
  /** Queues with limits are to be looked at. Always false of {@link admitGoverned}. */
  hasGoverned: boolean
}

export interface AdmitRequest {
  now: Date
  /** Rows of one call at the most. */
  rowsMax: number
  /** Admitted and not yet claimed per queue at the most. */
  windowPerQueue: number
  /** An admitted row that is not claimed by then is admitted again. */
  redeliverAt: Date
  /**
   * How far ahead of its share each tenant of {@link Admission.standings} is. Their queues are
   * looked at even if nothing waits there any more.
   */
  leads: readonly { queue: string; tenantId: TenantId; lead: number }[]
  /** Of these nothing is admitted. Default: nobody. */
  suspended?: readonly TenantId[]
}

/** What a tenant has in a queue that it shares with others. */
export interface Standing {
  queue: string
  tenantId: TenantId
  running: number
  weight: number
}

/** Standings of one round at the most: of more, those that run nothing are left out. */
const STANDINGS_MAX = 500
/** Tenants that have nothing in a queue are let in beyond its window, so many at the most. */
const OVERDRAFT = 64

// How one round is decided, queue by queue. Its tenants take turns: next comes the tenant that has
// least in the queue for its weight (admitted, running and chosen before it in this round), with
// its own rows by their rank. So the shares are level however unequal the backlogs are.
//
// Every part finds its rows by index: `ranges` steps from one (queue, tenant) that waits to the
// next, whatever lies between; counts look at rows in the window and at work in progress only,
// and at the latter only where several tenants meet; each tenant's rows are read from the front,
// no more than there is room for.

const RANGES = `ranges (queue, tenant_id, is_laned) as (
   (select o.queue, o.tenant_id, (o.lane is not null) from outbox as o where o.state = 'waiting'
    order by o.queue, o.tenant_id, (o.lane is not null) limit 1)
   union all
   select n.queue, n.tenant_id, n.is_laned from ranges as r cross join lateral (
     select o.queue, o.tenant_id, (o.lane is not null) as is_laned from outbox as o
     where o.state = 'waiting'
       and (o.queue, o.tenant_id, (o.lane is not null)) > (r.queue, r.tenant_id, r.is_laned)
     order by o.queue, o.tenant_id, (o.lane is not null) limit 1) as n)`

const LEADS = `unnest($5::text[], $6::uuid[], $7::float8[]) as l (queue, tenant_id, lead)`

/**
 * Who is in each queue, and how much of it: one row per tenant that waits or is admitted. Where
 * several meet, a tenant may overtake with so many that it then runs no more for its weight than
 * every tenant that it goes before. Where that decides nothing, as between four places for two
 * thirds and one third, the next place is for who ran least so far.
 */
const STANDING = `lively as (select queue from open union select queue from led),
 held as (
   select w.queue, a.tenant_id, count(*) as admitted,
     count(*) filter (where a.level < ${EXPRESS_LEVELS}) as express
   from lively as w cross join lateral (
     select o.tenant_id, o.level from outbox as o
     where o.queue = w.queue and o.state = 'admitted') as a
   group by w.queue, a.tenant_id),
 parties as (select queue, tenant_id from open union select queue, tenant_id from held),
 crowds as (select queue, count(*) as tenants from parties group by queue),
 standing as (
   select p.queue, p.tenant_id, c.tenants, coalesce(h.admitted, 0) as admitted,
     coalesce(h.express, 0) as express,
     case when c.tenants > 1 then (
       select count(*) from tasks as t
       where t.status = 'IN_PROGRESS' and t.queue = p.queue and t.tenant_id = p.tenant_id)
       else 0 end as running,
     case when c.tenants > 1 then coalesce((
       select weight from tenants where id = p.tenant_id), 1) else 1 end::float8 as weight
   from parties as p join crowds as c using (queue)
     left join held as h using (queue, tenant_id)),
 slowest as (
   select queue, (array_agg(tenant_id order by running / weight, tenant_id))[1] as tenant_id,
     (array_agg(running / weight order by running / weight, tenant_id))[1:2] as shares
   from standing where tenants > 1 and admitted > express group by queue),
 favoured as (
   select distinct on (s.queue) s.queue, s.tenant_id
   from standing as s left join led as l using (queue, tenant_id) where s.tenants > 1
   order by s.queue, coalesce(l.lead, 0), s.running / s.weight, s.tenant_id),
 entitled as (
   select s.queue, s.tenant_id, greatest(
     floor(s.weight * case when s.tenant_id = l.tenant_id then l.shares[2] else l.shares[1] end)
       - s.running - s.express,
     (f.tenant_id is not null and s.express = 0 and s.running / s.weight < (
       select min((o.running + 1) / o.weight) from standing as o
       where o.queue = s.queue and o.tenant_id <> s.tenant_id))::integer)::bigint as places
   from standing as s join slowest as l using (queue)
     left join favoured as f on f.queue = s.queue and f.tenant_id = s.tenant_id
   where l.tenant_id <> s.tenant_id or l.shares[2] is not null),
 raisable as (
   select e.*, r.*, row_number() over (
     partition by e.queue, e.tenant_id order by r.rank_at, r.task_id) as position
   from entitled as e cross join lateral (
     select o.task_id, o.rank_at, o.available_at from outbox as o
     where o.queue = e.queue and o.tenant_id = e.tenant_id and o.state = 'admitted'
       -- Those that were admitted as they were created have none.
       and coalesce(o.level, ${EXPRESS_LEVELS}) >= ${EXPRESS_LEVELS}
     order by o.rank_at limit greatest(e.places, 0) for update skip locked) as r
   where e.places > 0),`

const ROOM = `$2::bigint - (
   select coalesce(sum(h.admitted), 0) from held as h where h.queue = c.queue)::bigint`

/** Rows read of one tenant: where several share the room, little more than a share of it. */
const DEPTH = `greatest(case when s.tenants = 1 then least(r.room, r.slots, $3::bigint)
   else least(r.room, r.slots, $3::bigint, 8 + 2 * r.room / s.tenants) end,
   case when s.admitted + s.running = 0 and r.room > -${OVERDRAFT} and r.slots > 0 then 1 else 0 end,
   0)`

const CANDIDATE = `o.task_id, o.agent_id, o.concurrency_key, o.rank_at, o.available_at as due_at`
const DUE = `o.state = 'waiting' and o.available_at <= $1
   and o.rank_at <= $1::timestamptz + ${HANDICAP_SECONDS_MAX} * interval '1 second'`
const OF_RANGE = `select ${CANDIDATE} from outbox as o
   where o.queue = s.queue and o.tenant_id = s.tenant_id and (o.lane is not null) = n.is_laned
     and ${DUE}
   order by o.rank_at limit n.depth for update skip locked`

const TURNS = `turns as (
   select t.*, row_number() over (partition by t.queue
     order by t.is_first desc, (t.admitted + t.running + t.position) / t.weight, t.rank_at, t.task_id)
     as turn
   from (select d.*, d.position = 1 and d.admitted + d.running = 0 as is_first from (
     select d.*, row_number() over (
       partition by d.queue, d.tenant_id order by d.rank_at, d.task_id) as position
     from due as d) as d) as t),`

const IS_EXPRESS = `c.position + (
     select count(*) from raisable as r
     where r.queue = c.queue and r.tenant_id = c.tenant_id and r.rank_at < c.rank_at) <= (
     select e.places from entitled as e where e.queue = c.queue and e.tenant_id = c.tenant_id)`
const LEVEL_OF_RANK = `case when rank_at <= $1 then 0
     when rank_at <= $1::timestamptz + interval '10 seconds' then 1
     when rank_at <= $1::timestamptz + interval '30 seconds' then 2 else 3 end`

/**
 * Beside what was chosen, rows that the broker has already and that have to overtake there now: sent
 * once more, for a message keeps its place. Where tenants meet, what does not overtake keeps to
 * the order of turns: by its rank, a tenant that has waited long would go before all others.
 */
const ADMITTED = `placed as (
   select c.task_id, c.turn, c.due_at,
     case when coalesce(${IS_EXPRESS}, false) then ${LEVEL_OF_RANK}
       when c.tenants > 1 then ${LEVEL_OF_TURNS}
       else ${EXPRESS_LEVELS} + ${LEVEL_OF_RANK} end as level, c.queue, c.tenant_id
   from chosen as c),
 raised as (
   select r.task_id, 0 as turn, null::timestamptz as due_at, ${LEVEL_OF_RANK} as level
   from raisable as r
   where r.position + (
     select count(*) from placed as p where p.queue = r.queue and p.tenant_id = r.tenant_id
       and p.level < ${EXPRESS_LEVELS}) <= r.places),
 admitted as (
   update outbox as o set state = 'admitted', available_at = $4, level = c.level
   from (
     select task_id, turn, due_at, level from placed union all
     select task_id, turn, due_at, level from raised) as c
   where o.task_id = c.task_id
   returning o.task_id, o.tenant_id, o.agent_id, o.queue, o.priority, o.attempt, o.traceparent,
     o.command, o.level, c.turn, c.due_at)`
const STANDINGS = `(
   select json_agg(s) from (
     select s.queue, s.tenant_id as "tenantId", s.running, s.weight from standing as s
     where s.tenants > 1 order by s.running desc limit ${STANDINGS_MAX}) as s) as standings`

/**
 * Who could not get more in, had they more. Beyond the window that is not who has nothing in it;
 * beyond a limit it is everybody.
 */
const FULL = `taken as (
   select r.*, (select count(*) from chosen as c where c.queue = r.queue) as places from rooms as r),
 filled as (select queue from taken where least(room, slots) <= places),
 closed as (
   select queue, tenant_id from held join filled using (queue)
   union select queue, tenant_id from chosen join filled using (queue)
   union select o.queue, o.tenant_id from open as o join taken as t using (queue)
     where t.slots <= t.places),`
const CLOSED = `array(select c.tenant_id || ' ' || c.queue from closed as c)`
const FULL_OR_MORE = `exists (select 1 from filled) as is_full,
   exists (
     select 1 from read as n join rooms as r using (queue)
     where n.rows >= n.depth and n.depth > 0 and least(r.room, r.slots) > (
       select count(*) from chosen as c where c.queue = r.queue)) as has_more`

const UNGOVERNED = `with recursive ${RANGES},
 open as (
   select r.* from ranges as r where r.tenant_id <> all ($8::uuid[]) and not exists (
     select 1 from queues as q where q.name = r.queue and q.is_governed)),
 led as (
   select l.* from ${LEADS} where not exists (
     select 1 from queues as q where q.name = l.queue and q.is_governed)),
 ${STANDING}
 rooms as (select c.queue, ${ROOM} as room, $3::bigint as slots from crowds as c),
 sources as (
   select n.queue, n.tenant_id, n.is_laned, ${DEPTH} as depth
   from open as n join standing as s using (queue, tenant_id) join rooms as r using (queue)),
 due as (
   select s.*, n.is_laned, d.*
   from sources as n join standing as s using (queue, tenant_id)
     cross join lateral (${OF_RANGE}) as d),
 read as (
   select n.queue, n.depth, (
     select count(*) from due as d
     where d.queue = n.queue and d.tenant_id = n.tenant_id and d.is_laned = n.is_laned) as rows
   from sources as n),
 ${TURNS}
 chosen as (
   select t.* from turns as t join rooms as r using (queue)
   where t.turn <= r.room or (t.is_first and t.turn <= r.room + ${OVERDRAFT})
   order by t.turn, t.rank_at limit $3),
 ${FULL}
 ${ADMITTED}
 select a.*, ${CLOSED} || array(
     select r.tenant_id || ' ' || r.queue from ranges as r join queues as q on q.name = r.queue
     where q.is_paused) || array(
     select r.tenant_id || ' ' || r.queue from ranges as r
     where r.tenant_id = any ($8::uuid[])) as closed, (
     select w.available_at from outbox as w where w.state = 'waiting' and w.available_at > $1
     order by w.available_at limit 1) as next_due_at,
   ${FULL_OR_MORE}, ${STANDINGS},
   exists (
     select 1 from queues as q
     where q.name = any (array(select queue from ranges) || $5::text[])
       and q.is_governed and not q.is_paused) as has_governed,
   ${RELAXED_COMMIT} as relaxed
 from (select 1) as one left join admitted as a on true`

/** Microseconds between two starts in step with a queue's rate, and when the burst began. */
const INTERVAL_US = `ceil(1000000 / q.rate_per_second)`
const NOW_US = `(extract(epoch from $1::timestamptz) * 1000000)`
const BASE_US = `(q.rate_next_us - (q.rate_burst - 1) * ${INTERVAL_US})`

const GOVERNED = `with recursive ${RANGES},
 open as (
   select r.*, q.concurrency_max_per_key is not null or q.limits_agents as has_lanes
   from ranges as r join queues as q on q.name = r.queue
   where q.is_governed and not q.is_paused and r.tenant_id <> all ($8::uuid[])),
 led as (
   select l.* from ${LEADS} join queues as q on q.name = l.queue
   where q.is_governed and not q.is_paused),
 ${STANDING}
 rooms as (
   select c.queue, ${ROOM} as room, least($3::bigint,
       q.concurrency_max - held.admitted - case when q.concurrency_max is not null then (
         select count(*) from tasks as t where t.status = 'IN_PROGRESS' and t.queue = c.queue) end,
       least(q.rate_burst, floor((${NOW_US} - ${BASE_US}) / ${INTERVAL_US}) + 1) - held.admitted
     )::bigint as slots,
     case when q.rate_per_second is not null then ${BASE_US} end as base_us,
     ${INTERVAL_US} as interval_us, held.admitted
   from crowds as c join queues as q on q.name = c.queue cross join lateral (
     select coalesce(sum(h.admitted), 0) as admitted from held as h where h.queue = c.queue) as held),
 lanes (queue, tenant_id, lane) as (
   select n.queue, n.tenant_id, f.lane from open as n cross join lateral (
     select o.lane from outbox as o
     where o.queue = n.queue and o.tenant_id = n.tenant_id and o.state = 'waiting'
       and o.lane is not null order by o.lane limit 1) as f
   where n.has_lanes and n.is_laned
   union all
   select l.queue, l.tenant_id, f.lane from lanes as l cross join lateral (
     select o.lane from outbox as o
     where o.queue = l.queue and o.tenant_id = l.tenant_id and o.state = 'waiting'
       and o.lane is not null and o.lane > l.lane order by o.lane limit 1) as f),
 lane_rooms as (
   select l.*, f.agent_id, f.concurrency_key,
     case when f.concurrency_key is not null then q.concurrency_max_per_key - (
         select count(*) from outbox as o
         where o.queue = l.queue and o.tenant_id = l.tenant_id
           and o.concurrency_key = f.concurrency_key and o.state = 'admitted') - (
         select count(*) from tasks as t
         where t.queue = l.queue and t.tenant_id = l.tenant_id
           and t.concurrency_key = f.concurrency_key and t.status = 'IN_PROGRESS') end as key_room,
     (select g.concurrency_max - (
         select count(*) from outbox as o where o.agent_id = g.id and o.state = 'admitted') - (
         select count(*) from tasks as t
         where t.assigned_agent_id = g.id and t.status = 'IN_PROGRESS' and t.queue is not null)
      from agents as g where g.id = f.agent_id and q.limits_agents) as agent_room
   from lanes as l join queues as q on q.name = l.queue cross join lateral (
     select o.agent_id, o.concurrency_key from outbox as o
     where o.queue = l.queue and o.tenant_id = l.tenant_id and o.lane = l.lane
       and o.state = 'waiting' limit 1) as f),
 sources as (
   select n.queue, n.tenant_id, n.is_laned, null::text as lane, null::bigint as key_room,
     null::bigint as agent_room, ${DEPTH} as depth
   from open as n join standing as s using (queue, tenant_id) join rooms as r using (queue)
   where not (n.has_lanes and n.is_laned)
   union all
   select n.queue, n.tenant_id, true, n.lane, n.key_room, n.agent_room,
     greatest(0, least(n.key_room, n.agent_room, ${DEPTH}))
   from lane_rooms as n join standing as s using (queue, tenant_id) join rooms as r using (queue)),
 due as (
   select s.*, n.is_laned, n.key_room, n.agent_room, d.*
   from sources as n join standing as s using (queue, tenant_id)
     cross join lateral (${OF_RANGE}) as d
   where n.lane is null
   union all
   select s.*, n.is_laned, n.key_room, n.agent_room, d.*
   from sources as n join standing as s using (queue, tenant_id) cross join lateral (
     select ${CANDIDATE} from outbox as o
     where o.queue = s.queue and o.tenant_id = s.tenant_id and o.lane = n.lane and ${DUE}
     order by o.rank_at limit n.depth for update skip locked) as d
   where n.lane is not null),
 ${TURNS}
 free as (
   select t.*, row_number() over (partition by t.queue order by t.turn) as place
   from (
     select t.*,
       row_number() over (partition by t.queue, t.tenant_id, t.concurrency_key order by t.turn)
         as turn_of_key,
       row_number() over (partition by t.agent_id order by t.turn) as turn_of_agent
     from turns as t) as t
   where (t.key_room is null or t.turn_of_key <= t.key_room)
     and (t.agent_room is null or t.turn_of_agent <= t.agent_room)),
 chosen as (
   select t.* from free as t join rooms as r using (queue)
   where t.place <= r.slots
     and (t.place <= r.room or (t.is_first and t.place <= r.room + ${OVERDRAFT}))
   order by t.place, t.rank_at limit $3),
 ${FULL}
 ${ADMITTED}
 select a.*, ${CLOSED} as closed, (
     select min(to_timestamp((r.base_us + (r.admitted + (
         select count(*) from chosen as c where c.queue = r.queue)) * r.interval_us) / 1000000))
     from rooms as r) as next_due_at,
   exists (select 1 from filled) or exists (select 1 from sources where depth <= 0) as is_full,
   exists (select 1 from chosen) as has_more, ${STANDINGS}, false as has_governed
 from (select 1) as one left join admitted as a on true`

/** Admits due rows of queues without limits. */
export const admitDue = (db: Queryable, request: AdmitRequest): Promise<Admission> =>
  admit(db, UNGOVERNED, request)

/**
 * Admits due rows of queues with limits: never more than leaves every limit whole. What is
 * admitted or in progress counts, so the caller keeps others from admitting meanwhile (`lockLead`)
 * and calls this in a statement of its own.
 */
export const admitGoverned = (db: Queryable, request: AdmitRequest): Promise<Admission> =>
  admit(db, GOVERNED, request)

const admit = async (db: Queryable, sql: string, request: AdmitRequest): Promise<Admission> => {
  const rows = await db.query<OutboxRow>(sql, [
    request.now,
    request.windowPerQueue,
    request.rowsMax,
    request.redeliverAt,
    request.leads.map(({ queue }) => queue),
    request.leads.map(({ tenantId }) => tenantId),
    request.leads.map(({ lead }) => lead),
    request.suspended ?? [],
  ])
  const [first] = rows
  const nextDueAt = first?.next_due_at ?? null
  return {
    rows: rows
      .sort((a, b) => a.turn - b.turn)
      .flatMap((row) => (row.task_id === null ? [] : [admittedOf(row, row.task_id)])),
    // A rate that is not what holds the rest back may have been in step long ago.
    nextDueAt: nextDueAt !== null && nextDueAt > request.now ? nextDueAt : null,
    isFull: first?.is_full ?? false,
    closed: first?.closed ?? [],
    standings: first?.standings ?? [],
    hasMore: first?.has_more ?? false,
    hasGoverned: first?.has_governed ?? false,
  }
}

interface OutboxRow {
  task_id: string | null
  tenant_id: string
  agent_id: string | null
  queue: string
  priority: number
  attempt: number
  traceparent: string | null
  command: TaskCommand | null
  level: number
  turn: number
  due_at: Date | null
  next_due_at: Date | null
  is_full: boolean
  closed: string[]
  standings: Standing[] | null
  has_more: boolean
  has_governed: boolean
}

const admittedOf = (row: OutboxRow, taskId: string): AdmittedRow => ({
  taskId: taskId as TaskId,
  tenantId: row.tenant_id as TenantId,
  agentId: row.agent_id as AgentId | null,
  queue: row.queue,
  priority: priorityOfRank(row.priority),
  attempt: row.attempt,
  traceparent: row.traceparent,
  command: row.command,
  level: row.level,
  dueAt: row.due_at,
})
