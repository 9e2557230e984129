import type { AgentId, TaskId, TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'
import { EXPRESS_LEVELS, LEVEL_OF_TURNS } from './levels.ts'

/**
 * Carries '' when there may be something to admit, {@link ROOM} when a window got room, and who
 * has something new in which queue: the tenant's id, a space, the queue's name.
 */
export const OUTBOX_CHANNEL = 'cadre_outbox'
export const ROOM = 'room'

/**
 * Whoever admitted so lately may have died before it was published. What is admitted as it is
 * created comes back after this time anyway.
 */
export const UNPUBLISHED_MS = 10_000

/** Those of the tasks that were handed to the broker and that nobody has claimed since. */
export const findAdmitted = async (
  db: Queryable,
  taskIds: readonly TaskId[],
): Promise<ReadonlySet<TaskId>> => {
  const rows = await db.query<{ task_id: string }>(
    `select task_id from outbox
     where task_id = any ($1::uuid[]) and state is not distinct from 'admitted'`,
    [taskIds],
  )
  return new Set(rows.map((row) => row.task_id as TaskId))
}

/** Puts rows that could not be published back to waiting. */
export const unadmit = async (db: Queryable, taskIds: readonly TaskId[], now: Date) => {
  await db.query(
    `update outbox set state = 'waiting', available_at = $2
     where task_id = any ($1::uuid[]) and state is not distinct from 'admitted'`,
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
       update outbox as o set state = 'waiting', available_at = $2
       where o.task_id = any (array(select task_id from there))
         and o.state is not distinct from 'admitted')
     select task_id from there`,
    [taskIds, now],
  )
  if (rows.length > 0) db.notify(OUTBOX_CHANNEL)
  return rows.map((row) => row.task_id as TaskId)
}

/**
 * Rows that the broker had for too long wait again: it may have lost them. So do those that have
 * aged there past the handicap of their priority, to come in once more before younger ones.
 */
export const unadmitOverdue = async (
  db: Queryable,
  now: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `update outbox set state = 'waiting', available_at = least(available_at, $1)
     where task_id in (
       select task_id from outbox where state = 'admitted' and (available_at <= $1
         or (rank_at <= $1 and level > ${EXPRESS_LEVELS} and level < ${LEVEL_OF_TURNS}))
       limit $2 for update skip locked)
     returning task_id`,
    [now, rowsMax],
  )
  if (rows.length > 0) db.notify(OUTBOX_CHANNEL)
  return rows.length
}

/** What the broker has of these tenants waits again; the messages find nothing to claim. */
export const unadmitOfTenants = async (
  db: Queryable,
  tenantIds: readonly TenantId[],
  now: Date,
): Promise<void> => {
  await db.query(
    `update outbox set state = 'waiting', available_at = $2
     where tenant_id = any ($1::uuid[]) and state = 'admitted'`,
    [tenantIds, now],
  )
}

/**
 * Admits anew what was admitted since: whoever admitted it may have died before it was published.
 * @param redeliverSince the rows' time of redelivery, from which the time of admission follows
 */
export const unadmitSince = async (db: Queryable, redeliverSince: Date): Promise<void> => {
  await db.query(
    `update outbox set state = 'waiting' where task_id in (
       select task_id from outbox where state = 'admitted' and available_at >= $1
       for update skip locked)`,
    [redeliverSince],
  )
}

/** Keeps an agent's rows from being admitted, and leaves their room to others. What was admitted is due as soon as it is released. */
export const holdForAgent = async (db: Queryable, agentId: AgentId, now: Date): Promise<void> => {
  await db.query(
    `update outbox set state = 'held',
       available_at = case when state = 'admitted' then $2 else available_at end
     where agent_id = $1 and state in ('waiting', 'admitted')`,
    [agentId, now],
  )
  db.notify(OUTBOX_CHANNEL)
}

/** Lets an agent's held rows be admitted again. */
export const releaseForAgent = async (db: Queryable, agentId: AgentId): Promise<void> => {
  await db.query(`update outbox set state = 'waiting' where agent_id = $1 and state = 'held'`, [
    agentId,
  ])
  db.notify(OUTBOX_CHANNEL)
}

/** How many rows wait in which queue and state. Bounded by the backlog, not by history. */
export const depthByQueue = (db: Queryable) =>
  db.query<{ queue: string; state: string; depth: number; oldest_at: Date }>(
    `select queue, state, count(*) as depth, min(available_at) as oldest_at
     from outbox group by queue, state order by queue, state`,
  )
