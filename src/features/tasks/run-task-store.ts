import type { RunId, TaskId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import { OUTBOX_CHANNEL, ROOM } from '#platform/outbox/outbox-store.ts'
import { leaveQuarantine } from './quarantine-entry-store.ts'

// What runs do with the tasks that are their steps.

/** Those of the tasks that are steps, with their runs. What a task belongs to never changes. */
export const runsOfTasks = async (
  db: Queryable,
  taskIds: readonly TaskId[],
): Promise<Map<TaskId, RunId>> => {
  const rows = await db.query<{ id: string; run_id: string }>(
    'select id, run_id from tasks where id = any ($1::uuid[]) and run_id is not null',
    [taskIds],
  )
  return new Map(rows.map((row) => [row.id as TaskId, row.run_id as RunId]))
}

/**
 * Ends unfinished tasks whose runs are locked.
 * @returns ids of those that were unfinished
 */
export const cancelStepTasks = async (
  tx: Tx,
  taskIds: readonly TaskId[],
  { reason, now, inProgress }: { reason: string; now: Date; inProgress: 'cancel' | 'leave' },
): Promise<TaskId[]> => {
  const which =
    inProgress === 'cancel' ? "'TODO', 'IN_PROGRESS', 'QUARANTINED'" : "'TODO', 'QUARANTINED'"
  // A statement of its own, so that the next one sees what those who held the locks wrote.
  await tx.query('select 1 from tasks where id = any ($1::uuid[]) order by id for update', [
    taskIds,
  ])
  const rows = await tx.query<{ id: string }>(
    `with given as materialized (
       select id, status is not distinct from 'IN_PROGRESS' as is_held, array[${which}] as unfinished
       from tasks where id = any ($1::uuid[])),
     ended as (
       update tasks as t set status = 'CANCELLED', attempt_token = null, lease_expires_at = null,
         lease_holder = null, finished_at = $3, updated_at = $3
       from given as g
       where t.id = any ($1::uuid[]) and t.id = g.id and t.status = any (g.unfinished)
       returning t.id, t.tenant_id, t.attempt, t.assigned_agent_id, t.attempt_started_at,
         g.is_held),
     withdrawn as (
       delete from outbox where task_id = any (array(select id from ended))),
     leaving as (
       delete from quarantine where task_id = any (array(select id from ended))
       returning tenant_id, fingerprint, agent_id),
     ${leaveQuarantine('$3')},
     stopped as (
       insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, error, started_at,
         finished_at, duration_ms)
       select id, attempt, tenant_id, assigned_agent_id, 'cancelled', $2, attempt_started_at, $3,
         extract(epoch from $3 - attempt_started_at) * 1000
       from ended where is_held),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select tenant_id, 'task.cancelled', id, $3, json_strip_nulls(json_build_object(
         'task_id', id, 'agent_id', assigned_agent_id, 'status', 'CANCELLED', 'attempt', attempt,
         'message', $2::text))
       from ended)
     select id from ended`,
    [taskIds, reason, now],
  )
  if (rows.length > 0) {
    tx.notify(EVENTS_CHANNEL)
    tx.notify(OUTBOX_CHANNEL, ROOM)
  }
  return rows.map((row) => row.id as TaskId)
}

/** Lets attempts in progress be their tasks' last ones: a failure goes to quarantine at once. */
export const forbidRetries = async (tx: Tx, taskIds: readonly TaskId[]): Promise<void> => {
  await tx.query(
    `update tasks set max_retries = retry_count
     where id = any ($1::uuid[]) and status is not distinct from 'IN_PROGRESS'`,
    [taskIds],
  )
}
