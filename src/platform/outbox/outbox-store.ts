import type { AgentId, TaskId, TaskPriority, TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'
import { HANDICAP_SECONDS_MAX, priorityOfRank } from './priority.ts'

export const OUTBOX_CHANNEL = 'cadre_outbox'

export interface AdmittedRow {
  taskId: TaskId
  tenantId: TenantId
  queue: string
  priority: TaskPriority
  traceparent: string | null
}

export interface AdmitRequest {
  now: Date
  /** Rows of one call at the most. */
  rowsMax: number
  /** Admitted and not yet claimed per queue at the most. */
  windowPerQueue: number
  /** An admitted row that is not claimed by then is admitted again. */
  redeliverAt: Date
}

/**
 * Admits due rows in the order of their rank, every queue within its window. The recursive part
 * walks the distinct queues by index, so a long queue costs no more than a short one.
 */
export const admitDue = async (db: Queryable, request: AdmitRequest): Promise<AdmittedRow[]> => {
  const rows = await db.query<{
    task_id: string
    tenant_id: string
    queue: string
    priority: number
    traceparent: string | null
  }>(
    `with recursive queues as (
       (select queue from outbox where state = 'waiting' order by queue limit 1)
       union all
       select (select o.queue from outbox as o
               where o.state = 'waiting' and o.queue > q.queue order by o.queue limit 1)
       from queues as q where q.queue is not null),
     room as (
       select q.queue, least($3::bigint, $2::bigint - (
         select count(*) from outbox as a where a.queue = q.queue and a.state = 'admitted')) as slots
       from queues as q where q.queue is not null),
     due as (
       select d.task_id from room cross join lateral (
         select o.task_id from outbox as o
         where o.queue = room.queue and o.state = 'waiting'
           and o.available_at <= $1 and o.rank_at <= $1::timestamptz + $4 * interval '1 second'
         order by o.rank_at limit greatest(room.slots, 0) for update skip locked) as d
       limit $3)
     update outbox as o set state = 'admitted', available_at = $5
     from due where o.task_id = due.task_id
     returning o.task_id, o.tenant_id, o.queue, o.priority, o.traceparent`,
    [
      request.now,
      request.windowPerQueue,
      request.rowsMax,
      HANDICAP_SECONDS_MAX,
      request.redeliverAt,
    ],
  )
  return rows.map((row) => ({
    taskId: row.task_id as TaskId,
    tenantId: row.tenant_id as TenantId,
    queue: row.queue,
    priority: priorityOfRank(row.priority),
    traceparent: row.traceparent,
  }))
}

/** Puts rows that could not be published back to waiting. */
export const unadmit = async (db: Queryable, taskIds: readonly TaskId[], now: Date) => {
  await db.query(
    `update outbox set state = 'waiting', available_at = $2
     where task_id = any ($1::uuid[]) and state = 'admitted'`,
    [taskIds, now],
  )
}

/** Rows that the broker had for too long wait again: it may have lost them. */
export const unadmitOverdue = async (
  db: Queryable,
  now: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `update outbox set state = 'waiting' where task_id in (
       select task_id from outbox where state = 'admitted' and available_at <= $1
       limit $2 for update skip locked)
     returning task_id`,
    [now, rowsMax],
  )
  return rows.length
}

/** When the next waiting row is due; null when none waits. */
export const nextDueAt = async (db: Queryable): Promise<Date | null> => {
  const [row] = await db.query<{ due_at: Date | null }>(
    `select min(available_at) as due_at from outbox where state = 'waiting'`,
  )
  return row?.due_at ?? null
}

/** Keeps an agent's rows from being admitted. */
export const holdForAgent = async (db: Queryable, agentId: AgentId, reason: string) => {
  await db.query(
    `update outbox set state = 'held', hold_reason = $2
     where agent_id = $1 and state in ('waiting', 'admitted')`,
    [agentId, reason],
  )
}

/** Lets held rows of an agent, or of the queues, be admitted again. */
export const releaseHeld = async (
  db: Queryable,
  held: { tenantId: TenantId; agentId: AgentId | null; queues: readonly string[] },
): Promise<void> => {
  await db.query(
    `with freed as (
       update outbox set state = 'waiting', hold_reason = null
       where state = 'held' and tenant_id = $1
         and (agent_id = $2 or (agent_id is null and queue = any ($3::text[])))
       returning task_id)
     select pg_notify('${OUTBOX_CHANNEL}', '') from freed limit 1`,
    [held.tenantId, held.agentId, held.queues],
  )
}

/** How many rows wait in which queue and state. Bounded by the backlog, not by history. */
export const depthByQueue = (db: Queryable) =>
  db.query<{ queue: string; state: string; depth: number; oldest_at: Date }>(
    `select queue, state, count(*) as depth, min(available_at) as oldest_at
     from outbox group by queue, state order by queue, state`,
  )
