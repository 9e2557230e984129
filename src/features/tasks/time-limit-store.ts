import type { AgentId, AttemptToken, RunId, TaskId, TaskStatus, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import { OUTBOX_CHANNEL, ROOM } from '#platform/outbox/outbox-store.ts'
import { enterQuarantine } from './quarantine-entry-store.ts'

// Tasks whose time is over. Every statement reads from a partial index over unfinished tasks with
// a limit, in the order of the limits, so it sees those that are due and no others.

/** As in the index `tasks_queue_limit`: when a task in TODO has waited for too long, in ms since 1970. */
const QUEUE_LIMIT_MS =
  "(extract(epoch from t.run_at - timestamptz '1970-01-01 00:00:00+00') * 1000 + t.queue_timeout_ms)"

export interface OverrunAttempt {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  token: AttemptToken
  timeoutMs: number
}

/** Attempts of remote agents that ran for longer than they may. */
export const findOverrunAttempts = async (
  db: Queryable,
  now: Date,
  rowsMax: number,
): Promise<OverrunAttempt[]> => {
  const rows = await db.query<{
    id: string
    tenant_id: string
    assigned_agent_id: string
    attempt_token: string
    execution_timeout_ms: number | null
  }>(
    `select id, tenant_id, assigned_agent_id, attempt_token, execution_timeout_ms from tasks
     where status = 'IN_PROGRESS' and attempt_deadline_at <= $1
     order by attempt_deadline_at limit $2`,
    [now, rowsMax],
  )
  return rows.map((row) => ({
    taskId: row.id as TaskId,
    tenantId: row.tenant_id as TenantId,
    agentId: row.assigned_agent_id as AgentId,
    token: row.attempt_token as AttemptToken,
    timeoutMs: row.execution_timeout_ms ?? 0,
  }))
}

/** A task whose waiting or whose whole time is over, locked. */
export interface ExpiredTask {
  taskId: TaskId
  status: TaskStatus
  limit: 'queue' | 'total'
  timeoutMs: number
}

const overInAll = (and: string) => `
  select t.id, t.run_id, t.status, 'total' as exceeded, t.total_timeout_ms as timeout_ms
  from tasks as t
  where t.status in ('TODO', 'IN_PROGRESS') and t.deadline_at <= $1 ${and}
  order by t.deadline_at limit $2`
const overInQueue = (and: string) => `
  select t.id, t.run_id, t.status, 'queue' as exceeded, t.queue_timeout_ms as timeout_ms
  from tasks as t
  where t.status = 'TODO' and t.queue_timeout_ms is not null and ${QUEUE_LIMIT_MS} <= $1 ${and}
  order by ${QUEUE_LIMIT_MS} limit $2`

/**
 * Locks tasks that waited for too long or whose whole time is over. What somebody else is
 * changing just now is left for the next look.
 * @param ofRuns tasks of runs that are locked; without them, tasks that are of no run
 */
export const lockExpired = async (
  tx: Tx,
  now: Date,
  { rowsMax, ofRuns }: { rowsMax: number; ofRuns?: readonly TaskId[] },
): Promise<ExpiredTask[]> => {
  const and = `${ofRuns === undefined ? 'and t.run_id is null' : 'and t.id = any ($3::uuid[])'}`
  const ids = ofRuns === undefined ? [] : [ofRuns]
  const lock = 'for update skip locked'
  const whole = await tx.query<ExpiredRow>(`${overInAll(and)} ${lock}`, [now, rowsMax, ...ids])
  const waiting = await tx.query<ExpiredRow>(`${overInQueue(and)} ${lock}`, [
    now.getTime(),
    rowsMax,
    ...ids,
  ])
  const found = new Map([...waiting, ...whole].map((row) => [row.id, expiredOf(row)]))
  return [...found.values()]
}

/** Tasks of runs whose time is over, not locked: their runs are to be locked first. */
export const findExpiredOfRuns = async (
  db: Queryable,
  now: Date,
  rowsMax: number,
): Promise<Map<TaskId, RunId>> => {
  const and = 'and t.run_id is not null'
  const whole = await db.query<ExpiredRow>(overInAll(and), [now, rowsMax])
  const waiting = await db.query<ExpiredRow>(overInQueue(and), [now.getTime(), rowsMax])
  return new Map(
    [...whole, ...waiting].map((row) => [row.id as TaskId, (row.run_id ?? '') as RunId]),
  )
}

interface ExpiredRow {
  id: string
  run_id: string | null
  status: TaskStatus
  exceeded: ExpiredTask['limit']
  timeout_ms: number | null
}

const expiredOf = (row: ExpiredRow): ExpiredTask => ({
  taskId: row.id as TaskId,
  status: row.status,
  limit: row.exceeded,
  timeoutMs: row.timeout_ms ?? 0,
})

export interface Expiry {
  taskId: TaskId
  error: string
  fingerprint: string
}

/**
 * Quarantines locked tasks with the category `timeout`, and ends what still runs of them. Comes
 * after the lock as a statement of its own, so it sees the outbox and the attempts as they are.
 * @returns ids of those that were unfinished
 */
export const writeExpiries = async (
  tx: Tx,
  expiries: readonly Expiry[],
  now: Date,
): Promise<TaskId[]> => {
  const rows = await tx.query<{ id: string }>(
    `with verdicts as materialized (
       select v.*, array['TODO', 'IN_PROGRESS'] as unfinished, h.held_since, h.duration_ms
       from unnest($1::uuid[], $2::text[], $3::text[]) as v (task_id, error, fingerprint)
         left join lateral (
           select attempt_started_at as held_since,
             extract(epoch from $4 - attempt_started_at) * 1000 as duration_ms
           from tasks where id = v.task_id and status is not distinct from 'IN_PROGRESS'
           offset 0) as h on true),
     ended as (
       update tasks as t set status = 'QUARANTINED', attempt_token = null, lease_expires_at = null,
         lease_holder = null, last_error = v.error, last_error_category = 'timeout', updated_at = $4
       from verdicts as v
       where t.id = any ($1::uuid[]) and t.id = v.task_id and t.status = any (v.unfinished)
       returning t.id, t.tenant_id, t.agent_id, t.assigned_agent_id, t.attempt, v.error,
         v.fingerprint, v.held_since, v.duration_ms),
     withdrawn as (
       delete from outbox where task_id = any (array(select id from ended))),
     stopped as (
       insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, category, error,
         fingerprint, started_at, finished_at, duration_ms)
       select id, attempt, tenant_id, assigned_agent_id, 'failed', 'timeout', error, fingerprint,
         held_since, $4, duration_ms
       from ended where held_since is not null),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select e.tenant_id, 'task.quarantined', id, $4, json_strip_nulls(json_build_object(
         'task_id', id, 'agent_id', coalesce(e.assigned_agent_id, e.agent_id),
         'status', 'QUARANTINED', 'attempt', e.attempt, 'category', 'timeout',
         'fingerprint', e.fingerprint, 'error', left(e.error, 500), 'duration_ms', e.duration_ms))
       from ended as e),
     entering as (
       select id as task_id, tenant_id, coalesce(assigned_agent_id, agent_id) as agent_id, attempt,
         fingerprint, 'timeout' as category, error
       from ended),
     ${enterQuarantine('$4')}
     select id from ended`,
    [
      expiries.map((expiry) => expiry.taskId),
      expiries.map((expiry) => expiry.error),
      expiries.map((expiry) => expiry.fingerprint),
      now,
    ],
  )
  if (rows.length > 0) {
    tx.notify(EVENTS_CHANNEL)
    tx.notify(OUTBOX_CHANNEL, ROOM)
  }
  return rows.map((row) => row.id as TaskId)
}

/** The next moment at which some task's time will be over; null when no unfinished task has a limit. */
export const nextTimeLimit = async (db: Queryable): Promise<Date | null> => {
  const [row] = await db.query<{ next_at: Date | null }>(
    `select least(
       (select t.attempt_deadline_at from tasks as t
        where t.status = 'IN_PROGRESS' and t.attempt_deadline_at is not null
        order by t.attempt_deadline_at limit 1),
       (select t.deadline_at from tasks as t
        where t.status in ('TODO', 'IN_PROGRESS') and t.deadline_at is not null
        order by t.deadline_at limit 1),
       (select to_timestamp(${QUEUE_LIMIT_MS} / 1000) from tasks as t
        where t.status = 'TODO' and t.queue_timeout_ms is not null
        order by ${QUEUE_LIMIT_MS} limit 1)) as next_at`,
  )
  return row?.next_at ?? null
}
