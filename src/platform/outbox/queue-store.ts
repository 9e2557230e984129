import type { TenantId } from '@cadre/contract'
import { pauseLead } from '../db/leader-store.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { OUTBOX_CHANNEL } from './outbox-store.ts'

/** The lead without which nobody admits work to queues with limits. */
export const SCHEDULER_LEAD = 'scheduler'

/** What one queue allows. Null: no such limit. */
export interface QueueSettings {
  isPaused: boolean
  concurrencyMax: number | null
  concurrencyMaxPerKey: number | null
  ratePerSecond: number | null
  rateBurst: number | null
}

export const NO_LIMITS: QueueSettings = {
  isPaused: false,
  concurrencyMax: null,
  concurrencyMaxPerKey: null,
  ratePerSecond: null,
  rateBurst: null,
}

interface SettingsRow {
  is_paused: boolean
  concurrency_max: number | null
  concurrency_max_per_key: number | null
  rate_per_second: number | null
  rate_burst: number | null
}

const SETTINGS_COLUMNS = `q.is_paused, q.concurrency_max, q.concurrency_max_per_key,
  q.rate_per_second, q.rate_burst`

const settingsOf = (row: SettingsRow): QueueSettings => ({
  isPaused: row.is_paused,
  concurrencyMax: row.concurrency_max,
  concurrencyMaxPerKey: row.concurrency_max_per_key,
  ratePerSecond: row.rate_per_second,
  rateBurst: row.rate_burst,
})

/** A queue, and whose it is; null where tenants share it. */
export interface OwnedQueue {
  name: string
  tenantId: TenantId | null
}

/** Locks and reads a queue's settings. Makes its row, so that there is one to lock. */
export const lockSettings = async (
  tx: Tx,
  { name, tenantId }: OwnedQueue,
  now: Date,
): Promise<{ id: string; settings: QueueSettings }> => {
  await pauseLead(tx, SCHEDULER_LEAD)
  await tx.query(
    `insert into queues (name, tenant_id, updated_at) values ($1, $2, $3)
     on conflict (name) do nothing`,
    [name, tenantId, now],
  )
  const [row] = await tx.query<SettingsRow & { id: string }>(
    `select q.id, ${SETTINGS_COLUMNS} from queues as q where q.name = $1 for update`,
    [name],
  )
  if (row === undefined) throw new Error('Broken invariant: the row was made just now')
  return { id: row.id, settings: settingsOf(row) }
}

/**
 * Writes settings that {@link lockSettings} locked, and takes back what was admitted under the
 * former ones: its messages find nothing to claim, and it is admitted again as the new ones allow.
 */
export const writeSettings = async (
  tx: Tx,
  name: string,
  settings: QueueSettings,
  now: Date,
): Promise<void> => {
  await tx.query(
    `update queues set is_paused = $2, concurrency_max = $3, concurrency_max_per_key = $4,
       rate_per_second = $5, rate_burst = $6, updated_at = $7
     where name = $1`,
    [
      name,
      settings.isPaused,
      settings.concurrencyMax,
      settings.concurrencyMaxPerKey,
      settings.ratePerSecond,
      settings.rateBurst,
      now,
    ],
  )
  await tx.query(
    `update outbox set state = 'waiting', available_at = $2
     where queue = $1 and state = 'admitted'`,
    [name, now],
  )
  tx.notify(OUTBOX_CHANNEL)
}

/** Makes the limit of an agent hold in the queue that its tasks come by. */
export const limitAgent = async (
  tx: Tx,
  limit: { agentId: string; queue: OwnedQueue; isLimited: boolean; now: Date },
): Promise<void> => {
  await pauseLead(tx, SCHEDULER_LEAD)
  if (limit.isLimited)
    await tx.query(
      `insert into queues (name, tenant_id, limits_agents, updated_at) values ($1, $2, true, $3)
       on conflict (name) do update set limits_agents = true, updated_at = $3`,
      [limit.queue.name, limit.queue.tenantId, limit.now],
    )
  await tx.query(
    `update outbox set state = case when state = 'admitted' then 'waiting' else state end,
       available_at = case when state = 'admitted' then $4 else available_at end,
       lane = case when $3::boolean then $2::text || '/' || coalesce(concurrency_key, '')
         when concurrency_key is not null then '/' || concurrency_key end
     where agent_id = $1`,
    [limit.agentId, limit.agentId, limit.isLimited, limit.now],
  )
  tx.notify(OUTBOX_CHANNEL)
}

/** What is in a queue now, of every tenant that has something there. */
export interface QueueDepth {
  queue: string
  tenantId: TenantId
  waiting: number
  admitted: number
  inProgress: number
  oldestDueAt: Date | null
}

/** Tasks counted per tenant and queue at the most: more are shown as so many. */
export const DEPTH_COUNTED_MAX = 1_000_000

/** Depths of all queues, or of one. Bounded by unfinished work, not by history. */
export const depthsOf = async (db: Queryable, queue: string | null): Promise<QueueDepth[]> => {
  const rows = await db.query<{
    queue: string
    tenant_id: string
    waiting: number
    admitted: number
    in_progress: number
    oldest_due_at: Date | null
  }>(
    `with due as (
       select o.queue, o.tenant_id, count(*) filter (where o.state <> 'admitted') as waiting,
         count(*) filter (where o.state = 'admitted') as admitted,
         min(o.available_at) filter (where o.state = 'waiting') as oldest_due_at
       from outbox as o where $1::text is null or o.queue = $1 group by o.queue, o.tenant_id),
     under_way as (
       select t.queue, t.tenant_id, count(*) as in_progress from tasks as t
       where t.status = 'IN_PROGRESS' and t.queue is not null
         and ($1::text is null or t.queue = $1)
       group by t.queue, t.tenant_id)
     select queue, tenant_id, coalesce(waiting, 0) as waiting, coalesce(admitted, 0) as admitted,
       coalesce(in_progress, 0) as in_progress, oldest_due_at
     from due full join under_way using (queue, tenant_id) order by queue, tenant_id`,
    [queue],
  )
  return rows.map((row) => ({
    queue: row.queue,
    tenantId: row.tenant_id as TenantId,
    waiting: row.waiting,
    admitted: row.admitted,
    inProgress: row.in_progress,
    oldestDueAt: row.oldest_due_at,
  }))
}

/** Settings by queue; queues that never had any are left out. */
export const listSettings = async (db: Queryable): Promise<Map<string, QueueSettings>> => {
  const rows = await db.query<SettingsRow & { name: string }>(
    `select q.name, ${SETTINGS_COLUMNS} from queues as q order by q.name`,
  )
  return new Map(rows.map((row) => [row.name, settingsOf(row)]))
}

/** Tasks of the same tenant that go before one, counted up to here. */
export const AHEAD_COUNTED_MAX = 1_000

/** What holds a waiting task back, as the tables say now. */
export interface WaitingRow {
  queue: string
  state: 'waiting' | 'admitted' | 'held'
  availableAt: Date
  settings: QueueSettings
  /** Admitted or in progress, where that counts. */
  usedOfQueue: number
  usedOfKey: number
  agentConcurrencyMax: number | null
  usedOfAgent: number
  /** When the queue's rate lets the next task start; null without a rate. */
  nextStartAt: Date | null
  /** Up to {@link AHEAD_COUNTED_MAX}. */
  ahead: number
}

export const findWaiting = async (
  db: Queryable,
  taskId: string,
  tenantId: TenantId,
): Promise<WaitingRow | null> => {
  const [row] = await db.query<
    SettingsRow & {
      queue: string
      state: WaitingRow['state']
      available_at: Date
      used_of_queue: number
      used_of_key: number
      agent_concurrency_max: number | null
      used_of_agent: number
      next_start_us: number | null
      ahead: number
    }
  >(
    `select o.queue, o.state, o.available_at, coalesce(q.is_paused, false) as is_paused,
       q.concurrency_max, q.concurrency_max_per_key, q.rate_per_second, q.rate_burst,
       case when q.concurrency_max is null then 0 else (
           select count(*) from outbox as w where w.queue = o.queue and w.state = 'admitted') + (
           select count(*) from tasks as t where t.queue = o.queue and t.status = 'IN_PROGRESS')
         end as used_of_queue,
       case when q.concurrency_max_per_key is null or o.concurrency_key is null then 0 else (
           select count(*) from outbox as w
           where w.queue = o.queue and w.tenant_id = o.tenant_id
             and w.concurrency_key = o.concurrency_key and w.state = 'admitted') + (
           select count(*) from tasks as t
           where t.queue = o.queue and t.tenant_id = o.tenant_id
             and t.concurrency_key = o.concurrency_key and t.status = 'IN_PROGRESS')
         end as used_of_key,
       a.concurrency_max as agent_concurrency_max,
       case when a.concurrency_max is null then 0 else (
           select count(*) from outbox as w where w.agent_id = a.id and w.state = 'admitted') + (
           select count(*) from tasks as t where t.assigned_agent_id = a.id
             and t.status = 'IN_PROGRESS' and t.queue is not null)
         end as used_of_agent,
       q.rate_next_us - (q.rate_burst - 1) * ceil(1000000 / q.rate_per_second) as next_start_us,
       (select count(*) from (
         select 1 from outbox as w
         where w.queue = o.queue and w.tenant_id = o.tenant_id and w.state = 'waiting'
           and (w.lane is not null) = (o.lane is not null) and w.rank_at < o.rank_at
         limit ${AHEAD_COUNTED_MAX}) as w) as ahead
     from outbox as o left join queues as q on q.name = o.queue
       left join agents as a on a.id = o.agent_id
     where o.task_id = $1 and o.tenant_id is not distinct from $2`,
    [taskId, tenantId],
  )
  if (row === undefined) return null
  return {
    queue: row.queue,
    state: row.state,
    availableAt: row.available_at,
    settings: settingsOf(row),
    usedOfQueue: row.used_of_queue,
    usedOfKey: row.used_of_key,
    agentConcurrencyMax: row.agent_concurrency_max,
    usedOfAgent: row.used_of_agent,
    nextStartAt: row.next_start_us === null ? null : new Date(Math.ceil(row.next_start_us / 1_000)),
    ahead: row.ahead,
  }
}
