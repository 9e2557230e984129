import type { AgentId, AttemptToken, TaskId, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { RELAXED_COMMIT } from '#platform/db/relaxed-commit.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import { OUTBOX_CHANNEL, ROOM } from '#platform/outbox/outbox-store.ts'
import { leaveQuarantine } from './quarantine-entry-store.ts'
import { storableOrNull, taskOf, TASK_COLUMNS, type TaskRow } from './task-rows.ts'
import type { ExecutionRecord, TaskRecord } from './task.ts'

// The statements of a task's life. Each writes the task, its attempt, its place in the outbox
// and its event together: one statement is one round trip and one atomic change, for any number
// of tasks at once. Rows are changed in the order of their ids, so groups hardly ever deadlock;
// those that do are tried again.
//
// Each statement finds every table by ids, each row once, whatever the tables held when it was
// planned (decision 8 says how): other columns are compared by `is not distinct from`, which no
// index serves; what is joined is looked up row by row behind `offset 0`, or hashed.
//
// A statement that waits for a lock goes on with the newest version of the locked row, but with
// its old snapshot of every other one. So each takes the row that grants its right first: a claim
// the outbox row, which goes when it is claimed or withdrawn; a report the task with its token.

export interface Claim {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  agentName: string
  /** What the agent offers: it may claim tasks that ask for one of these. */
  capabilities: readonly string[]
  token: AttemptToken
  leaseExpiresAt: Date
  /** This process, when its own worker claims; null for agents that run elsewhere. */
  holder: string | null
  /** The process of an agent that runs elsewhere; null where it does not say. */
  instance: string | null
}

export interface StartedTask extends TaskRecord {
  /** The queue that the claim came by. */
  queue: string
}

/**
 * Claims due tasks: starts an attempt and takes the task out of the outbox. What a limit of its
 * queue or of its agent concerns is left out unless `judged` says that it was looked at; of queues
 * with limits, only what was admitted is claimed then: see `governed-claims.ts`. What no limit
 * counts is not waited for to reach the disk (decision 17).
 * @returns the claimed tasks by token; claims without one came too late, too early or to the wrong task
 */
export const claimDue = async (
  db: Queryable,
  claims: readonly Claim[],
  now: Date,
  { judged = 'nothing' }: { judged?: 'nothing' | 'agent' | 'agent and queue' } = {},
): Promise<Map<AttemptToken, StartedTask>> => {
  const rows = await db.query<TaskRow & { attempt_token: string; queue: string }>(
    `with wanted as (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
         $7::timestamptz[], $8::uuid[], $12::uuid[]) as w (task_id, tenant_id, agent_id, agent_name,
           capabilities, token, lease_expires_at, holder, instance)),
     due as (
       select w.*, o.queue from wanted as w
         cross join lateral (
           select * from outbox as o where o.task_id = w.task_id offset 0) as o
         cross join lateral (
           select * from tasks as t where t.id = w.task_id offset 0) as t
       where t.tenant_id is not distinct from w.tenant_id and t.run_at <= $9
         and (t.agent_id = w.agent_id
           or t.capability in (select json_array_elements_text(w.capabilities::json)))
         -- Only the scheduler gives places under a limit, and with them a level.
         and (case when $10::boolean then o.state is not distinct from 'admitted'
           and o.level is not null
           else not exists (
             select 1 from queues as q where q.name = o.queue and q.is_governed)
             and ($11::boolean or not exists (
               select 1 from agents as a
               where a.id = w.agent_id and a.concurrency_max is not null)) end)
       order by o.task_id),
     taken as (
       delete from outbox as o using due as d where o.task_id = d.task_id
         -- A place under a limit may have been taken back while this waited for the row.
         and (not $10::boolean or o.state is not distinct from 'admitted')
       returning d.*),
     claimed as (
       update tasks as t set status = 'IN_PROGRESS', attempt = t.attempt + 1,
         attempt_token = w.token, assigned_agent_id = w.agent_id,
         lease_expires_at = w.lease_expires_at, lease_holder = w.holder,
         lease_instance = w.instance, queue = w.queue,
         -- The worker's own programs are timed from their start, by their executor.
         attempt_deadline_at = case when w.holder is null
           then $9 + t.execution_timeout_ms * interval '1 millisecond' end,
         started_at = coalesce(t.started_at, $9), attempt_started_at = $9, updated_at = $9,
         progress_fraction = null, progress_message = null
       from taken as w where t.id = w.task_id and t.status is not distinct from 'TODO'
       returning ${TASK_COLUMNS}, t.queue, w.agent_name),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select tenant_id, 'task.claimed', id, $9, json_build_object('task_id', id,
         'agent_id', assigned_agent_id, 'agent_name', agent_name, 'status', 'IN_PROGRESS',
         'attempt', attempt)
       from claimed)
     select *${judged === 'nothing' ? `, ${RELAXED_COMMIT} as relaxed` : ''} from claimed`,
    [
      claims.map((claim) => claim.taskId),
      claims.map((claim) => claim.tenantId),
      claims.map((claim) => claim.agentId),
      claims.map((claim) => claim.agentName),
      claims.map((claim) => JSON.stringify(claim.capabilities)),
      claims.map((claim) => claim.token),
      claims.map((claim) => claim.leaseExpiresAt),
      claims.map((claim) => claim.holder),
      now,
      judged === 'agent and queue',
      judged === 'agent',
      claims.map((claim) => claim.instance),
    ],
  )
  if (rows.length > 0) {
    db.notify(OUTBOX_CHANNEL, ROOM)
    db.notify(EVENTS_CHANNEL)
  }
  return new Map(
    rows.map((row) => [
      row.attempt_token as AttemptToken,
      Object.assign(taskOf(row), { queue: row.queue }),
    ]),
  )
}

/** Who reports: without a token the report counts for the lease that the agent holds now. */
export interface Report {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  token: AttemptToken | null
}

export interface Completion extends Report {
  result: unknown
  /** Dollars to add; null when the agent reported none. */
  cost: string | null
  execution: ExecutionRecord | null
  /** A direct execution is done when its caller has the outcome, even a failed one. */
  failure: { category: string; error: string; fingerprint: string } | null
}

/**
 * Finishes tasks whose lease the report matches; answers how long their attempts took, in ms. Tasks
 * of runs end where their runs are locked, and are left out of `ordinary` completions.
 */
export const completeHeld = async (
  db: Queryable,
  completions: readonly Completion[],
  now: Date,
  which: 'ordinary' | 'of_runs',
): Promise<Map<TaskId, { durationMs: number }>> => {
  const rows = await db.query<{ id: string; duration_ms: number; frees_place: boolean }>(
    `with reports as materialized (
       select *, 'IN_PROGRESS' as held, $16::boolean as may_be_step
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
         $6::numeric[], $7::text[], $8::text[], $9::text[], $10::text[], $11::integer[],
         $12::double precision[])
         as r (task_id, tenant_id, agent_id, token, result, new_cost, category, error,
           fingerprint, execution_outcome, exit_code, execution_ms)
       order by task_id),
     done as (
       update tasks as t set status = 'DONE', result = r.result::json,
         cost = case when r.new_cost is null then t.cost else coalesce(t.cost, 0) + r.new_cost end,
         last_error = coalesce(r.error, t.last_error),
         last_error_category = coalesce(r.category, t.last_error_category),
         attempt_token = null, lease_expires_at = null, lease_holder = null,
         finished_at = $15, updated_at = $15
       from reports as r
       where t.id = any ($1::uuid[]) and t.id = r.task_id
         and t.status is not distinct from r.held
         and t.tenant_id is not distinct from r.tenant_id
         and not t.assigned_agent_id is distinct from r.agent_id
         and (r.token is null or t.attempt_token = r.token)
         and (r.may_be_step or t.run_id is null)
       returning t.id, t.queue, t.tenant_id, t.assigned_agent_id as agent_id, t.attempt,
         t.attempt_started_at as started_at,
         extract(epoch from $15 - t.attempt_started_at) * 1000 as duration_ms,
         r.new_cost, r.category, r.error, r.fingerprint, r.execution_outcome, r.exit_code,
         r.execution_ms),
     ended as (
       insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, category, error,
         fingerprint, cost, started_at, finished_at, duration_ms, execution_outcome, execution_ms,
         exit_code, stdout, stderr)
       select d.id, d.attempt, d.tenant_id, d.agent_id,
         case when d.category is null then 'done' else 'failed' end, d.category, d.error,
         d.fingerprint, d.new_cost, d.started_at, $15, d.duration_ms, d.execution_outcome,
         d.execution_ms, d.exit_code, o.stdout, o.stderr
       from done as d
         join unnest($1::uuid[], $13::text[], $14::text[]) as o (task_id, stdout, stderr)
           on o.task_id = d.id),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select d.tenant_id, 'task.completed', d.id, $15, json_strip_nulls(json_build_object(
         'task_id', d.id, 'agent_id', d.agent_id, 'status', 'DONE',
         'attempt', d.attempt, 'category', d.category, 'error', left(d.error, 500),
         'cost', d.new_cost::text, 'duration_ms', coalesce(d.execution_ms, d.duration_ms)))
       from done as d)
     select d.id, d.duration_ms, exists (
       select 1 from queues as q where q.name = d.queue and q.is_governed) as frees_place
     from done as d`,
    [
      completions.map((report) => report.taskId),
      completions.map((report) => report.tenantId),
      completions.map((report) => report.agentId),
      completions.map((report) => report.token),
      completions.map((report) => JSON.stringify(report.result ?? null)),
      completions.map((report) => report.cost),
      completions.map((report) => report.failure?.category ?? null),
      completions.map((report) => storableOrNull(report.failure?.error)),
      completions.map((report) => report.failure?.fingerprint ?? null),
      completions.map((report) => report.execution?.outcome ?? null),
      completions.map((report) => report.execution?.exitCode ?? null),
      completions.map((report) => report.execution?.durationMs ?? null),
      completions.map((report) => storableOrNull(report.execution?.stdout)),
      completions.map((report) => storableOrNull(report.execution?.stderr)),
      now,
      which === 'of_runs',
    ],
  )
  if (rows.length > 0) db.notify(EVENTS_CHANNEL)
  // Only under a limit does an end let another task start.
  if (rows.some((row) => row.frees_place)) db.notify(OUTBOX_CHANNEL, ROOM)
  return new Map(rows.map((row) => [row.id as TaskId, { durationMs: Number(row.duration_ms) }]))
}

export interface HeartbeatReport extends Report {
  leaseExpiresAt: Date
}

/** Prolongs leases, unless the attempt's time is over; answers the tasks whose lease the report matched. */
export const extendLeases = async (
  db: Queryable,
  reports: readonly HeartbeatReport[],
  now: Date,
): Promise<Map<TaskId, true>> => {
  const rows = await db.query<{ id: string }>(
    `with held as (
       select id from tasks
       where id = any ($1::uuid[]) and status is not distinct from 'IN_PROGRESS'
       order by id for update),
     reports as materialized (
       select *, $6::timestamptz as now
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
         as r (task_id, tenant_id, agent_id, token, lease_expires_at))
     update tasks as t set lease_expires_at = greatest(t.lease_expires_at, r.lease_expires_at)
     from reports as r
     where t.id = any (array(select id from held)) and t.id = r.task_id
       and t.tenant_id is not distinct from r.tenant_id
       and t.assigned_agent_id is not distinct from r.agent_id
       and (r.token is null or t.attempt_token = r.token)
       and (t.attempt_deadline_at is null or t.attempt_deadline_at > r.now)
     returning t.id, ${RELAXED_COMMIT} as relaxed`,
    [
      reports.map((report) => report.taskId),
      reports.map((report) => report.tenantId),
      reports.map((report) => report.agentId),
      reports.map((report) => report.token),
      reports.map((report) => report.leaseExpiresAt),
      now,
    ],
  )
  return new Map(rows.map((row) => [row.id as TaskId, true]))
}

/** Notes how far an attempt is; null when the report matched no lease. */
export const setProgress = async (
  db: Queryable,
  report: Report & { fraction: number | null; message: string | null; now: Date },
): Promise<TaskRecord | null> => {
  const [row] = await db.query<TaskRow>(
    `with moved as (
       update tasks as t set progress_fraction = coalesce($5, t.progress_fraction),
         progress_message = coalesce($6, t.progress_message), updated_at = $7
       where t.id = $1 and t.tenant_id is not distinct from $2 and t.status is not distinct from 'IN_PROGRESS'
         and t.assigned_agent_id = $3 and ($4::uuid is null or t.attempt_token = $4)
       returning ${TASK_COLUMNS}),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select tenant_id, 'task.progressed', id, $7, json_strip_nulls(json_build_object(
         'task_id', id, 'agent_id', assigned_agent_id, 'status', status, 'attempt', attempt,
         'fraction', progress_fraction, 'message', progress_message))
       from moved)
     select * from moved`,
    [
      report.taskId,
      report.tenantId,
      report.agentId,
      report.token,
      report.fraction,
      report.message,
      report.now,
    ],
  )
  if (row !== undefined) db.notify(EVENTS_CHANNEL)
  return row ? taskOf(row) : null
}

/**
 * Ends a task that is not finished, whoever holds it; null when there is none such. Locks it
 * ahead, so that what a claim or a failure wrote until then is seen and ended with it.
 */
export const cancelUnfinished = async (
  tx: Tx,
  cancel: { taskId: TaskId; tenantId: TenantId; reason: string | null; now: Date },
): Promise<TaskRecord | null> => {
  await tx.query(
    'select 1 from tasks where id = $1 and tenant_id is not distinct from $2 for update',
    [cancel.taskId, cancel.tenantId],
  )
  const [row] = await tx.query<TaskRow>(
    `with held as (select id from tasks where id = $1 and status is not distinct from 'IN_PROGRESS'),
     ended as (
       update tasks as t set status = 'CANCELLED', attempt_token = null, lease_expires_at = null,
         lease_holder = null, finished_at = $4, updated_at = $4
       where t.id = $1 and t.tenant_id is not distinct from $2
         and t.status in ('TODO', 'IN_PROGRESS', 'QUARANTINED')
       returning ${TASK_COLUMNS}, t.attempt_started_at),
     withdrawn as (delete from outbox as o using ended as e where o.task_id = e.id),
     leaving as (
       delete from quarantine as q using ended as e where q.task_id = $1 and q.task_id = e.id
       returning q.tenant_id, q.fingerprint, q.agent_id),
     ${leaveQuarantine('$4')},
     stopped as (
       insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, error, started_at,
         finished_at, duration_ms)
       select id, attempt, tenant_id, assigned_agent_id, 'cancelled', $3, attempt_started_at, $4,
         extract(epoch from $4 - attempt_started_at) * 1000
       from ended join held using (id)),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select tenant_id, 'task.cancelled', id, $4, json_strip_nulls(json_build_object(
         'task_id', id, 'agent_id', assigned_agent_id, 'status', status, 'attempt', attempt,
         'message', $3::text))
       from ended)
     select * from ended`,
    [cancel.taskId, cancel.tenantId, cancel.reason, cancel.now],
  )
  if (row !== undefined) {
    tx.notify(OUTBOX_CHANNEL, ROOM)
    tx.notify(EVENTS_CHANNEL)
  }
  return row ? taskOf(row) : null
}
