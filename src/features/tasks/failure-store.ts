import type { AgentId, AttemptToken, FailureCategory, TaskId, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import { laneOf } from '#platform/outbox/lane.ts'
import { OUTBOX_CHANNEL } from '#platform/outbox/outbox-store.ts'
import { rankAt } from '#platform/outbox/priority.ts'
import { enterQuarantine } from './quarantine-entry-store.ts'
import { storableOrNull, SUMMARY_COLUMNS, taskOf, TASK_COLUMNS, type TaskRow } from './task-rows.ts'
import type { ExecutionRecord, TaskRecord } from './task.ts'

/** Locks tasks in progress, in the order of their ids, for a verdict within this transaction. */
export const lockInProgress = async (
  tx: Tx,
  taskIds: readonly TaskId[],
): Promise<Map<TaskId, TaskRecord>> => {
  const rows = await tx.query<TaskRow>(
    `select ${SUMMARY_COLUMNS} from tasks as t
     where t.id = any ($1::uuid[]) and t.status is not distinct from 'IN_PROGRESS' order by t.id for update`,
    [taskIds],
  )
  if (rows.length > 0) {
    tx.notify(OUTBOX_CHANNEL)
    tx.notify(EVENTS_CHANNEL)
  }
  return new Map(rows.map((row) => [row.id as TaskId, taskOf(row)]))
}

export interface LostLease {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  token: AttemptToken
}

const LOST_COLUMNS = 'id, tenant_id, assigned_agent_id, attempt_token'

const lostLeaseOf = (row: {
  id: string
  tenant_id: string
  assigned_agent_id: string
  attempt_token: string
}): LostLease => ({
  taskId: row.id as TaskId,
  tenantId: row.tenant_id as TenantId,
  agentId: row.assigned_agent_id as AgentId,
  token: row.attempt_token as AttemptToken,
})

/** Leases that ran out before `now`. */
export const findExpiredLeases = async (
  db: Queryable,
  now: Date,
  rowsMax: number,
): Promise<LostLease[]> => {
  const rows = await db.query<Parameters<typeof lostLeaseOf>[0]>(
    `select ${LOST_COLUMNS} from tasks
     where status = 'IN_PROGRESS' and lease_expires_at < $1 order by lease_expires_at limit $2`,
    [now, rowsMax],
  )
  return rows.map(lostLeaseOf)
}

/** Leases of workers other than `holder`: on an embedded database those are all gone. */
export const findOrphanedLeases = async (
  db: Queryable,
  holder: string,
  rowsMax: number,
): Promise<LostLease[]> => {
  const rows = await db.query<Parameters<typeof lostLeaseOf>[0]>(
    `select ${LOST_COLUMNS} from tasks
     where status = 'IN_PROGRESS' and lease_holder <> $1 limit $2`,
    [holder, rowsMax],
  )
  return rows.map(lostLeaseOf)
}

/** What one process of a remote agent holds. */
export const findLeasesOfInstance = async (
  db: Queryable,
  of: { agentId: AgentId; instance: string },
  rowsMax: number,
): Promise<LostLease[]> => {
  const rows = await db.query<Parameters<typeof lostLeaseOf>[0]>(
    `select ${LOST_COLUMNS} from tasks
     where status = 'IN_PROGRESS' and assigned_agent_id = $1
       and lease_instance is not distinct from $2 limit $3`,
    [of.agentId, of.instance, rowsMax],
  )
  return rows.map(lostLeaseOf)
}

/** What is to be written for one failed attempt. */
export interface JudgedFailure {
  task: TaskRecord
  outcome: 'failed' | 'lost'
  /** False for a task that was given back unharmed: it says nothing about the agent. */
  isCounted: boolean
  category: FailureCategory
  error: string
  fingerprint: string
  cost: string | null
  retryCount: number
  /** When it is due again; null sends it to quarantine. */
  runAt: Date | null
  /** The dispatch of the next attempt. */
  queue: string
  isAdmissible: boolean
  isAgentLimited: boolean
  execution: ExecutionRecord | null
}

/** Writes verdicts on locked tasks: back to TODO with a new dispatch, or to quarantine. */
export const writeFailures = async (
  tx: Tx,
  failures: readonly JudgedFailure[],
  now: Date,
): Promise<Map<TaskId, TaskRecord>> => {
  const rows = await tx.query<TaskRow>(
    `with verdicts as (
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
         $6::numeric[], $7::integer[], $8::timestamptz[], $9::timestamptz[], $10::text[],
         $11::text[], $12::text[], $13::integer[], $14::double precision[], $18::boolean[],
         $19::uuid[], $20::text[])
         as v (task_id, outcome, category, error, fingerprint, new_cost, retry_count, due_at,
           rank_at, queue, state, execution_outcome, exit_code, execution_ms, is_counted,
           held_by, lane)),
     changed as (
       update tasks as t set
         status = case when v.due_at is null then 'QUARANTINED' else 'TODO' end,
         retry_count = v.retry_count, run_at = coalesce(v.due_at, t.run_at),
         cost = case when v.new_cost is null then t.cost else coalesce(t.cost, 0) + v.new_cost end,
         last_error = v.error, last_error_category = v.category,
         assigned_agent_id = case when v.due_at is null then t.assigned_agent_id end,
         attempt_token = null, lease_expires_at = null, lease_holder = null, updated_at = $17
       from verdicts as v where t.id = any ($1::uuid[]) and t.id = v.task_id
       returning ${TASK_COLUMNS}, v.*,
         t.attempt_started_at as attempt_began_at,
         extract(epoch from $17 - t.attempt_started_at) * 1000 as duration_ms),
     ended as (
       insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, category, error,
         fingerprint, cost, started_at, finished_at, duration_ms, execution_outcome, execution_ms,
         exit_code, stdout, stderr)
       select c.id, c.attempt, c.tenant_id, c.held_by, c.outcome, c.category, c.error,
         c.fingerprint, c.new_cost, c.attempt_began_at, $17, c.duration_ms, c.execution_outcome,
         c.execution_ms, c.exit_code, o.stdout, o.stderr
       from changed as c
         join unnest($1::uuid[], $15::text[], $16::text[]) as o (task_id, stdout, stderr)
           on o.task_id = c.id),
     dispatched as (
       insert into outbox (task_id, tenant_id, agent_id, queue, priority, state, available_at,
         rank_at, traceparent, attempt, concurrency_key, lane, command)
       select c.id, c.tenant_id, c.agent_id, c.queue, c.priority, c.state, c.due_at, c.rank_at,
         c.traceparent, c.attempt + 1, c.concurrency_key, c.lane, c.command
       from changed as c where c.due_at is not null),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select c.tenant_id,
         case when c.due_at is null then 'task.quarantined' else 'task.retried' end, c.id, $17,
         json_strip_nulls(json_build_object('task_id', c.id, 'agent_id', c.held_by,
           'status', c.status, 'attempt', c.attempt, 'category', c.category,
           'fingerprint', case when c.due_at is null then c.fingerprint end,
           'error', left(c.error, 500), 'run_at', c.due_at, 'cost', c.new_cost::text,
           'duration_ms',
           case when c.is_counted then coalesce(c.execution_ms, c.duration_ms) end))
       from changed as c),
     entering as (
       select id as task_id, tenant_id, held_by as agent_id, attempt, fingerprint, category, error
       from changed where due_at is null),
     ${enterQuarantine('$17')}
     select * from changed`,
    [
      failures.map(({ task }) => task.id),
      failures.map((failure) => failure.outcome),
      failures.map((failure) => failure.category),
      failures.map((failure) => failure.error),
      failures.map((failure) => failure.fingerprint),
      failures.map((failure) => failure.cost),
      failures.map((failure) => failure.retryCount),
      failures.map((failure) => failure.runAt),
      failures.map(({ task, runAt }) => runAt && rankAt(task.priority, runAt)),
      failures.map((failure) => failure.queue),
      failures.map((failure) => (failure.isAdmissible ? 'waiting' : 'held')),
      failures.map((failure) => failure.execution?.outcome ?? null),
      failures.map((failure) => failure.execution?.exitCode ?? null),
      failures.map((failure) => failure.execution?.durationMs ?? null),
      failures.map((failure) => storableOrNull(failure.execution?.stdout)),
      failures.map((failure) => storableOrNull(failure.execution?.stderr)),
      now,
      failures.map((failure) => failure.isCounted),
      failures.map(({ task }) => task.assignedAgentId),
      failures.map(({ task, isAgentLimited }) =>
        laneOf(isAgentLimited ? task.agentId : null, task.concurrencyKey),
      ),
    ],
  )
  return new Map(rows.map((row) => [row.id as TaskId, taskOf(row)]))
}
