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
    `with held as (
       select id from tasks
       where id = any ($1::uuid[]) and status is not distinct from 'IN_PROGRESS'),
     ended as (
       update tasks as t set status = 'CANCELLED', attempt_token = null, lease_expires_at = null,
         lease_holder = null, finished_at = $3, updated_at = $3
       where t.id = any ($1::uuid[]) and t.status in (${which})
       returning t.id, t.tenant_id, t.attempt, t.assigned_agent_id, t.attempt_started_at),
     withdrawn as (
       delete from outbox as o using ended as e
       where o.task_id = any ($1::uuid[]) and o.task_id = e.id),
     leaving as (
       delete from quarantine as q using ended as e
       where q.task_id = any ($1::uuid[]) and q.task_id = e.id
       returning q.tenant_id, q.fingerprint, q.agent_id),
     ${leaveQuarantine('$3')},
     stopped as (
       insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, error, started_at,
         finished_at, duration_ms)
       select id, attempt, tenant_id, assigned_agent_id, 'cancelled', $2, attempt_started_at, $3,
         extract(epoch from $3 - attempt_started_at) * 1000
       from ended join held using (id)),
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
