import type { AgentId, TaskId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { OUTBOX_CHANNEL } from '#platform/outbox/outbox-store.ts'
import type { Rate } from '#platform/outbox/rate.ts'

/** Whether any of these tasks waits in a queue with limits, or any of the agents has one. */
export const isAnyGoverned = async (
  db: Queryable,
  taskIds: readonly TaskId[],
  agentIds: readonly AgentId[],
): Promise<boolean> => {
  const rows = await db.query(
    `(select 1 from outbox as o join queues as q on q.name = o.queue
      where o.task_id = any ($1::uuid[]) and q.is_governed limit 1)
     union all
     (select 1 from agents as a
      where a.id = any ($2::uuid[]) and a.concurrency_max is not null limit 1)`,
    [taskIds, agentIds],
  )
  return rows.length > 0
}

/**
 * Locks what limits are decided on by who claims: agents with a limit, and queues with a rate, in
 * the order of their keys. Statements that follow see what others decided before.
 */
export const lockGovernors = async (
  tx: Tx,
  taskIds: readonly TaskId[],
  agentIds: readonly AgentId[],
): Promise<void> => {
  await tx.query(
    `select 1 from queues as q
     where q.name = any (array(
         select o.queue from outbox as o where o.task_id = any ($1::uuid[])))
       and q.rate_per_second is not null order by q.name for update`,
    [taskIds],
  )
  await tx.query(
    `select 1 from agents as a where a.id = any ($1::uuid[]) and a.concurrency_max is not null
     order by a.id for update`,
    [agentIds],
  )
}

/** Where a task that is to be claimed stands. */
export interface GovernedRow {
  taskId: TaskId
  queue: string
  /** Its message may be in the broker. */
  isPublished: boolean
  /** By the scheduler, which counted it: what was admitted as it was created has no place. */
  isAdmitted: boolean
  isGoverned: boolean
  isPaused: boolean
  /** Null: without a rate. */
  rate: Rate | null
  nextUs: number
}

export const findGoverned = async (tx: Tx, taskIds: readonly TaskId[]): Promise<GovernedRow[]> => {
  const rows = await tx.query<{
    task_id: string
    queue: string
    state: string
    level: number | null
    is_governed: boolean
    is_paused: boolean
    rate_per_second: number | null
    rate_burst: number | null
    rate_next_us: number
  }>(
    `select o.task_id, o.queue, o.state, o.level, coalesce(q.is_governed, false) as is_governed,
       coalesce(q.is_paused, false) as is_paused, q.rate_per_second, q.rate_burst,
       coalesce(q.rate_next_us, 0) as rate_next_us
     from outbox as o left join queues as q on q.name = o.queue
     where o.task_id = any ($1::uuid[])`,
    [taskIds],
  )
  return rows.map((row) => ({
    taskId: row.task_id as TaskId,
    queue: row.queue,
    isPublished: row.state === 'admitted',
    isAdmitted: row.state === 'admitted' && row.level !== null,
    isGoverned: row.is_governed,
    isPaused: row.is_paused,
    rate:
      row.rate_per_second === null || row.rate_burst === null
        ? null
        : { perSecond: row.rate_per_second, burst: row.rate_burst },
    nextUs: row.rate_next_us,
  }))
}

/** How many more tasks each agent with a limit may have in progress. */
export const findAgentRooms = async (
  tx: Tx,
  agentIds: readonly AgentId[],
): Promise<Map<AgentId, number>> => {
  const rows = await tx.query<{ id: string; room: number }>(
    `select a.id, a.concurrency_max - (
         select count(*) from tasks as t where t.assigned_agent_id = a.id
           and t.status = 'IN_PROGRESS' and t.queue is not null) as room
     from agents as a where a.id = any ($1::uuid[]) and a.concurrency_max is not null`,
    [agentIds],
  )
  return new Map(rows.map((row) => [row.id as AgentId, row.room]))
}

export const writeRate = async (tx: Tx, queue: string, nextUs: number): Promise<void> => {
  await tx.query('update queues set rate_next_us = $2 where name = $1', [queue, nextUs])
}

/** An admitted task that may not start now: its message is done with, and it waits again. */
export interface PutBack {
  taskId: TaskId
  availableAt: Date
}

/** Rows that another claim is about to take are left to it. */
export const putBack = async (tx: Tx, rows: readonly PutBack[]): Promise<void> => {
  await tx.query(
    `with free as (
       select o.task_id from outbox as o
       where o.task_id = any ($1::uuid[]) and o.state is not distinct from 'admitted'
       for update skip locked)
     update outbox as o set state = 'waiting', available_at = r.available_at
     from unnest($1::uuid[], $2::timestamptz[]) as r (task_id, available_at)
     where o.task_id = any (array(select task_id from free)) and o.task_id = r.task_id`,
    [rows.map((row) => row.taskId), rows.map((row) => row.availableAt)],
  )
  tx.notify(OUTBOX_CHANNEL)
}
