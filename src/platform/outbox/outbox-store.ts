import type { AgentId, TaskId, TaskPriority, TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'
import { HANDICAP_SECONDS_MAX, priorityOfRank } from './priority.ts'

/** Carries '' when there may be something to admit, and {@link ROOM} when a window got room. */
export const OUTBOX_CHANNEL = 'cadre_outbox'
export const ROOM = 'room'

export interface AdmittedRow {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId | null
  queue: string
  priority: TaskPriority
  /** Number of the attempt that a claim starts. */
  attempt: number
  traceparent: string | null
}

export interface Admission {
  rows: AdmittedRow[]
  /** When the next row that is not due yet will be. */
  nextDueAt: Date | null
  /** Rows that are due were left waiting, for their queue's window is full. */
  isWindowFull: boolean
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
export const admitDue = async (db: Queryable, request: AdmitRequest): Promise<Admission> => {
  const rows = await db.query<OutboxRow>(
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
       limit $3),
     admitted as (
       update outbox as o set state = 'admitted', available_at = $5
       where o.task_id = any (array(select task_id from due))
       returning o.task_id, o.tenant_id, o.agent_id, o.queue, o.priority, o.attempt, o.traceparent)
     select a.*, (
         select w.available_at from outbox as w where w.state = 'waiting' and w.available_at > $1
         order by w.available_at limit 1) as next_due_at,
       exists (
         select 1 from outbox as w where w.state = 'waiting' and w.available_at <= $1
           and w.task_id not in (select task_id from due)) as is_window_full
     from (select 1) as one left join admitted as a on true`,
    [
      request.now,
      request.windowPerQueue,
      request.rowsMax,
      HANDICAP_SECONDS_MAX,
      request.redeliverAt,
    ],
  )
  return {
    rows: rows.flatMap((row) => (row.task_id === null ? [] : [admittedOf(row, row.task_id)])),
    nextDueAt: rows[0]?.next_due_at ?? null,
    isWindowFull: rows[0]?.is_window_full ?? false,
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
  next_due_at: Date | null
  is_window_full: boolean
}

const admittedOf = (row: OutboxRow, taskId: string): AdmittedRow => ({
  taskId: taskId as TaskId,
  tenantId: row.tenant_id as TenantId,
  agentId: row.agent_id as AgentId | null,
  queue: row.queue,
  priority: priorityOfRank(row.priority),
  attempt: row.attempt,
  traceparent: row.traceparent,
})

/** Those of the tasks that were handed to the broker and that nobody has claimed since. */
export const findAdmitted = async (
  db: Queryable,
  taskIds: readonly TaskId[],
): Promise<ReadonlySet<TaskId>> => {
  const rows = await db.query<{ task_id: string }>(
    `select task_id from outbox where task_id = any ($1::uuid[]) and state = 'admitted'`,
    [taskIds],
  )
  return new Set(rows.map((row) => row.task_id as TaskId))
}

/** Puts rows that could not be published back to waiting. */
export const unadmit = async (db: Queryable, taskIds: readonly TaskId[], now: Date) => {
  await db.query(
    `update outbox set state = 'waiting', available_at = $2
     where task_id = any ($1::uuid[]) and state = 'admitted'`,
    [taskIds, now],
  )
}

/**
 * Lets rows whose message is known to be lost be admitted again at once; answers those that are
 * still there, whatever their state.
 */
export const readmit = async (
  db: Queryable,
  taskIds: readonly TaskId[],
  now: Date,
): Promise<TaskId[]> => {
  const rows = await db.query<{ task_id: string }>(
    `with there as (
       select task_id from outbox where task_id = any ($1::uuid[]) order by task_id for update),
     freed as (
       update outbox as o set state = 'waiting', available_at = $2 from there
       where o.task_id = any ($1::uuid[]) and o.task_id = there.task_id
         and o.state is not distinct from 'admitted')
     select task_id, (select pg_notify('${OUTBOX_CHANNEL}', '')) as notified from there`,
    [taskIds, now],
  )
  return rows.map((row) => row.task_id as TaskId)
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

/** Keeps an agent's rows from being admitted. What was admitted is due as soon as it is released. */
export const holdForAgent = async (db: Queryable, agentId: AgentId, now: Date): Promise<void> => {
  await db.query(
    `update outbox set state = 'held',
       available_at = case when state = 'admitted' then $2 else available_at end
     where agent_id = $1 and state in ('waiting', 'admitted')`,
    [agentId, now],
  )
}

/** Lets an agent's held rows be admitted again. */
export const releaseForAgent = async (db: Queryable, agentId: AgentId): Promise<void> => {
  await db.query(
    `with freed as (
       update outbox set state = 'waiting' where agent_id = $1 and state = 'held' returning 1)
     select pg_notify('${OUTBOX_CHANNEL}', '') from freed limit 1`,
    [agentId],
  )
}

/** How many rows wait in which queue and state. Bounded by the backlog, not by history. */
export const depthByQueue = (db: Queryable) =>
  db.query<{ queue: string; state: string; depth: number; oldest_at: Date }>(
    `select queue, state, count(*) as depth, min(available_at) as oldest_at
     from outbox group by queue, state order by queue, state`,
  )
