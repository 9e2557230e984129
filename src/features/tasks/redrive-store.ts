import type { TaskId, TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import { laneOf } from '#platform/outbox/lane.ts'
import { OUTBOX_CHANNEL } from '#platform/outbox/outbox-store.ts'
import { rankAt } from '#platform/outbox/priority.ts'
import { leaveQuarantine } from './quarantine-entry-store.ts'
import type { TaskRecord } from './task.ts'

// The ways out of quarantine that people take, each one statement for any number of tasks. Task
// and inbox row are locked together: where the row was replaced meanwhile, because somebody else
// redrove the task and it failed again, the task is left out.

/** Who decided, for the event log. */
export interface Actor {
  id: string
  name: string
}

interface Decision {
  tenantId: TenantId
  actor: Actor
  now: Date
}

export interface Redrive {
  task: Pick<TaskRecord, 'id' | 'priority' | 'agentId' | 'concurrencyKey'>
  queue: string
  /** False while the agent is disabled: the task waits outside the queue. */
  isAdmissible: boolean
  /** The agent has a limit of its own. */
  isAgentLimited: boolean
}

export interface RedriveDecision extends Decision {
  redrives: readonly Redrive[]
  /** The retries start from zero; otherwise the count of failures stands. */
  resetsRetries: boolean
  /** JSON that replaces the input of every one of these tasks. */
  inputText: string | null
}

/** Locks the tasks `$1` that are in quarantine and of which `condition` holds, and their inbox rows. */
const lockDue = (tenant: string, condition: string): string => `
  in_quarantine as (
    select t.id from tasks as t
    where t.id = any ($1::uuid[]) and t.tenant_id is not distinct from ${tenant}
      and t.status is not distinct from 'QUARANTINED' and (${condition})
    order by t.id for update),
  due as (
    select task_id as id from quarantine
    where task_id = any (array(select id from in_quarantine)) for update)`

const IS_HELD_BY_RUN = `exists (
  select 1 from workflow_steps as s where s.id = t.id and s.status = 'HELD' offset 0)`

const leavingBy = (changed: string): string => `
  leaving as (
    delete from quarantine where task_id = any (array(select id from ${changed}))
    returning task_id, tenant_id, fingerprint, agent_id)`

/**
 * Makes quarantined tasks due again; answers those that were. Attempts and their numbers go on, and
 * limits on their time count anew.
 */
export const redriveQuarantined = async (
  db: Queryable,
  decision: RedriveDecision,
): Promise<TaskId[]> => {
  const { redrives, now } = decision
  const rows = await db.query<{ id: string }>(
    `with wanted as (
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $11::text[])
         as w (task_id, queue, state, rank_at, lane)),
     -- A run that went on without this step can only be rerun.
     ${lockDue('$5', `t.run_id is null or ${IS_HELD_BY_RUN}`)},
     redriven as (
       update tasks as t set status = 'TODO', kind = 'queued', assigned_agent_id = null,
         retry_count = case when $6 then 0 else t.retry_count end,
         input = coalesce($7::json, t.input), run_at = $8, updated_at = $8,
         deadline_at = $8::timestamptz + t.total_timeout_ms * interval '1 millisecond',
         progress_fraction = null, progress_message = null
       from wanted as w
       where t.id = any (array(select id from due)) and t.id = w.task_id
       returning t.id, t.tenant_id, t.agent_id, t.priority, t.attempt, t.traceparent,
         t.concurrency_key, t.command, w.queue, w.state, w.rank_at, w.lane),
     resumed as (
       update workflow_steps set status = 'RUNNING', error = null, category = null
       where id = any (array(select id from redriven))),
     ${leavingBy('redriven')},
     ${leaveQuarantine('$8')},
     dispatched as (
       insert into outbox (task_id, tenant_id, agent_id, queue, priority, state, available_at,
         rank_at, traceparent, attempt, concurrency_key, lane, command)
       select id, tenant_id, agent_id, queue, priority, state, $8, rank_at, traceparent,
         attempt + 1, concurrency_key, lane, command
       from redriven),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select r.tenant_id, 'task.redriven', r.id, $8, json_strip_nulls(json_build_object(
         'task_id', r.id, 'agent_id', r.agent_id, 'status', 'TODO', 'attempt', r.attempt,
         'fingerprint', l.fingerprint, 'actor_id', $9::text, 'actor_name', $10::text,
         'is_input_edited', case when $7::text is not null then true end))
       from redriven as r join leaving as l on l.task_id = r.id)
     select id from redriven`,
    [
      redrives.map(({ task }) => task.id),
      redrives.map(({ queue }) => queue),
      redrives.map(({ isAdmissible }) => (isAdmissible ? 'waiting' : 'held')),
      redrives.map(({ task }) => rankAt(task.priority, now)),
      decision.tenantId,
      decision.resetsRetries,
      decision.inputText,
      now,
      decision.actor.id,
      decision.actor.name,
      redrives.map(({ task, isAgentLimited }) =>
        laneOf(isAgentLimited ? task.agentId : null, task.concurrencyKey),
      ),
    ],
  )
  if (rows.length > 0) {
    db.notify(OUTBOX_CHANNEL)
    db.notify(EVENTS_CHANNEL)
  }
  return rows.map((row) => row.id as TaskId)
}

export interface PurgeDecision extends Decision {
  taskIds: readonly TaskId[]
  reason: string | null
}

/** Ends quarantined tasks as CANCELLED; answers those that were. Retention removes them later. */
export const purgeQuarantined = async (
  db: Queryable,
  decision: PurgeDecision,
): Promise<TaskId[]> => {
  const rows = await db.query<{ id: string }>(
    `with
     -- While its run waits for a person, the decision is made there.
     ${lockDue('$2', `t.run_id is null or not ${IS_HELD_BY_RUN}`)},
     purged as (
       update tasks as t set status = 'CANCELLED', finished_at = $3, updated_at = $3
       where t.id = any (array(select id from due))
       returning t.id, t.tenant_id, t.assigned_agent_id, t.attempt),
     ${leavingBy('purged')},
     ${leaveQuarantine('$3')},
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select p.tenant_id, 'task.purged', p.id, $3, json_strip_nulls(json_build_object(
         'task_id', p.id, 'agent_id', p.assigned_agent_id, 'status', 'CANCELLED',
         'attempt', p.attempt, 'fingerprint', l.fingerprint, 'message', $4::text,
         'actor_id', $5::text, 'actor_name', $6::text))
       from purged as p join leaving as l on l.task_id = p.id)
     select id from purged`,
    [
      decision.taskIds,
      decision.tenantId,
      decision.now,
      decision.reason,
      decision.actor.id,
      decision.actor.name,
    ],
  )
  if (rows.length > 0) db.notify(EVENTS_CHANNEL)
  return rows.map((row) => row.id as TaskId)
}
