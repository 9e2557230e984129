import type { AgentId, AttemptToken, TaskId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import { laneOf } from '#platform/outbox/lane.ts'
import { OUTBOX_CHANNEL } from '#platform/outbox/outbox-store.ts'
import { rankAt, rankOfPriority } from '#platform/outbox/priority.ts'
import type { TaskRecord } from './task.ts'

// How tasks begin: with their place in the outbox, or at once with their first attempt.

export interface NewTask {
  task: TaskRecord
  /** The task's input as JSON. */
  inputText: string
  queue: string
  agentName: string | null
  /** False while the agent is disabled: the task waits outside the queue. */
  isAdmissible: boolean
  /** The agent may have so many tasks in progress and no more. */
  isAgentLimited: boolean
  /** Tenants take turns in the queue. */
  isQueueShared: boolean
}

/** Which of the tasks that a statement stores are admitted by it. */
export interface PromptAdmission {
  now: Date
  /** Admitted and not yet claimed per queue at the most. */
  windowPerQueue: number
  /** What is not claimed by then is admitted again. */
  redeliverAt: Date
}

export interface StoredTasks {
  /** Of the others the idempotency keys exist already. */
  ids: ReadonlySet<TaskId>
  /** To be published as soon as the statement is committed. */
  admitted: readonly NewTask[]
}

/** Due work ahead of what is new that is looked for: behind more that is not due yet, none is seen. */
const AHEAD_MAX = 20

/**
 * Stores queued tasks with their dispatch and event. With `prompt`, those are admitted that the
 * scheduler would admit in its next round whatever else is there: due now, in a queue where no
 * other tenant has anything, that has no limits, room for all of them, and nothing due that waits.
 */
export const insertTasks = async (
  db: Queryable,
  entries: readonly NewTask[],
  prompt: PromptAdmission | null,
): Promise<StoredTasks> => {
  const rows = await db.query<{ id: string; is_admitted: boolean }>(
    `with new as (
       select * from rows from (
         json_to_recordset($1::json) as (id uuid, tenant_id uuid, title text, agent_id uuid,
           agent_name text, capability text, priority smallint, max_retries integer,
           backoff_base_ms integer, backoff_cap_ms integer, backoff_kind text,
           backoff_jitter text, no_retry_on text[], execution_timeout_ms integer,
           queue_timeout_ms bigint, total_timeout_ms bigint, schedule_id uuid, run_id uuid,
           command text, run_at timestamptz, rank_at timestamptz, idempotency_key text, request_sha256 text,
           tags text[], traceparent text, created_at timestamptz, queue text, state text,
           concurrency_key text, lane text, is_prompt boolean, is_shared boolean),
         unnest($2::text[])) as r (id, tenant_id, title, agent_id, agent_name, capability,
           priority, max_retries, backoff_base_ms, backoff_cap_ms, backoff_kind, backoff_jitter,
           no_retry_on, execution_timeout_ms,
           queue_timeout_ms, total_timeout_ms, schedule_id, run_id, command, run_at,
           rank_at, idempotency_key, request_sha256, tags, traceparent, created_at, queue, state,
           concurrency_key, lane, is_prompt, is_shared, input)),
     roomy as (
       select n.queue from (
         select queue, tenant_id, is_shared, count(*) as arriving from new
         where is_prompt group by queue, tenant_id, is_shared) as n
       where not (n.is_shared and exists (
           select 1 from outbox as o where o.queue = n.queue and o.state = 'admitted'
             and o.tenant_id < n.tenant_id
           union all
           select 1 from outbox as o where o.queue = n.queue and o.state = 'admitted'
             and o.tenant_id > n.tenant_id
           union all
           select 1 from outbox as o where o.queue = n.queue and o.state = 'waiting'
             and o.tenant_id < n.tenant_id
           union all
           select 1 from outbox as o where o.queue = n.queue and o.state = 'waiting'
             and o.tenant_id > n.tenant_id))
         and not exists (select 1 from queues as q where q.name = n.queue and q.is_governed)
         and not exists (
           select 1 from (
             select o.available_at from outbox as o
             where o.queue = n.queue and o.tenant_id = n.tenant_id
               and (o.lane is not null) = false and o.state = 'waiting'
             order by o.rank_at limit ${AHEAD_MAX}) as ahead
           where ahead.available_at <= $4)
         and n.arriving + (
           select count(*) from (
             select 1 from outbox as o where o.queue = n.queue and o.state = 'admitted'
             limit $3) as held) <= $3),
     stored as (
       insert into tasks (id, tenant_id, kind, title, agent_id, capability, input, priority,
         status, max_retries, backoff_base_ms, backoff_cap_ms, backoff_kind, backoff_jitter, no_retry_on,
         execution_timeout_ms,
         queue_timeout_ms, total_timeout_ms, deadline_at, schedule_id, run_id, command,
         run_at,
         idempotency_key, request_sha256, tags, traceparent, created_at, updated_at,
         concurrency_key)
       select id, tenant_id, 'queued', title, agent_id, capability, input::json, priority, 'TODO',
         max_retries, backoff_base_ms, backoff_cap_ms, backoff_kind, backoff_jitter, no_retry_on,
         execution_timeout_ms,
         queue_timeout_ms, total_timeout_ms,
         run_at + total_timeout_ms * interval '1 millisecond', schedule_id, run_id, command,
         run_at,
         idempotency_key, request_sha256, tags, traceparent, created_at, created_at,
         concurrency_key
       from new
       on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing
       returning id),
     dispatched as (
       insert into outbox (task_id, tenant_id, agent_id, queue, priority, state, available_at,
         rank_at, traceparent, concurrency_key, lane, command)
       select n.id, n.tenant_id, n.agent_id, n.queue, n.priority,
         case when r.queue is null then n.state else 'admitted' end,
         case when r.queue is null then n.run_at else $5 end, n.rank_at,
         n.traceparent, n.concurrency_key, n.lane, n.command
       from new as n join stored using (id)
         left join roomy as r on n.is_prompt and r.queue = n.queue
       returning task_id, state),
     noted as (
       insert into events (tenant_id, type, subject_id, at, data)
       select n.tenant_id, 'task.created', n.id, n.created_at, json_strip_nulls(json_build_object(
         'task_id', n.id, 'agent_id', n.agent_id, 'agent_name', n.agent_name, 'title', n.title,
         'status', 'TODO', 'attempt', 0,
         'priority', (array['urgent', 'high', 'medium', 'low'])[n.priority + 1]))
       from new as n join stored using (id))
     select task_id as id, state = 'admitted' as is_admitted from dispatched`,
    [
      JSON.stringify(entries.map((entry) => insertable(entry, prompt))),
      entries.map((entry) => entry.inputText),
      prompt?.windowPerQueue ?? 0,
      prompt?.now ?? null,
      prompt?.redeliverAt ?? null,
    ],
  )
  const isAdmitted = new Map(rows.map((row) => [row.id as TaskId, row.is_admitted]))
  const inPart = (isPart: boolean) =>
    entries.filter(({ task }) => isAdmitted.get(task.id) === isPart)
  if (isAdmitted.size > 0) {
    tellOfNew(db, inPart(false))
    db.notify(EVENTS_CHANNEL)
  }
  return { ids: new Set(isAdmitted.keys()), admitted: inPart(true) }
}

/** Says where something is new, so that nobody need look where nothing gets in. */
const tellOfNew = (db: Queryable, entries: readonly NewTask[]) => {
  for (const place of new Set(entries.map(({ task, queue }) => `${task.tenantId} ${queue}`)))
    db.notify(OUTBOX_CHANNEL, place)
}

const insertable = (
  { task, queue, agentName, isAdmissible, isAgentLimited, isQueueShared }: NewTask,
  prompt: PromptAdmission | null,
) => ({
  id: task.id,
  tenant_id: task.tenantId,
  title: task.title,
  agent_id: task.agentId,
  agent_name: agentName,
  capability: task.capability,
  priority: rankOfPriority(task.priority),
  max_retries: task.maxRetries,
  backoff_base_ms: task.backoffBaseMs,
  backoff_cap_ms: task.backoffCapMs,
  backoff_kind: task.backoffKind,
  backoff_jitter: task.backoffJitter,
  no_retry_on: task.noRetryOn,
  execution_timeout_ms: task.executionTimeoutMs,
  // Left out of the JSON where there is none, which is nearly always.
  queue_timeout_ms: task.queueTimeoutMs ?? undefined,
  total_timeout_ms: task.totalTimeoutMs ?? undefined,
  schedule_id: task.scheduleId ?? undefined,
  run_id: task.runId ?? undefined,
  command: task.command ?? undefined,
  run_at: task.runAt,
  rank_at: rankAt(task.priority, task.runAt),
  idempotency_key: task.idempotencyKey,
  request_sha256: task.requestSha256,
  tags: task.tags,
  traceparent: task.traceparent,
  created_at: task.createdAt,
  queue,
  state: isAdmissible ? 'waiting' : 'held',
  concurrency_key: task.concurrencyKey,
  lane: laneOf(isAgentLimited ? task.agentId : null, task.concurrencyKey),
  is_prompt:
    prompt !== null &&
    task.runAt <= prompt.now &&
    isAdmissible &&
    !isAgentLimited &&
    task.concurrencyKey === null,
  is_shared: isQueueShared,
})

export interface NewDirectTask {
  task: TaskRecord
  /** The task's input as JSON. */
  inputText: string
  agentId: AgentId
  agentName: string
  token: AttemptToken
  leaseExpiresAt: Date
  holder: string
}

/** Stores tasks that start at once in this process: claimed from the first moment on. */
export const insertDirectTasks = async (
  db: Queryable,
  entries: readonly NewDirectTask[],
): Promise<void> => {
  await db.query(
    `with new as (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
         $7::timestamptz[], $8::uuid[], $9::text[], $10::timestamptz[])
         as n (id, tenant_id, agent_id, agent_name, input, token, lease_expires_at, holder,
           traceparent, created_at)),
     stored as (
       insert into tasks (id, tenant_id, kind, agent_id, input, priority, status,
         assigned_agent_id, attempt, attempt_token, lease_expires_at, lease_holder, max_retries,
         backoff_base_ms, backoff_cap_ms, run_at, tags, traceparent, created_at, updated_at,
         started_at, attempt_started_at)
       select id, tenant_id, 'direct', agent_id, input::json, 0, 'IN_PROGRESS', agent_id, 1, token,
         lease_expires_at, holder, 0, 0, 0, created_at, '{}', traceparent, created_at, created_at,
         created_at, created_at
       from new)
     insert into events (tenant_id, type, subject_id, at, data)
     select tenant_id, 'task.claimed', id, created_at, json_build_object('task_id', id,
       'agent_id', agent_id, 'agent_name', agent_name, 'status', 'IN_PROGRESS',
       'priority', 'urgent', 'attempt', 1)
     from new`,
    [
      entries.map(({ task }) => task.id),
      entries.map(({ task }) => task.tenantId),
      entries.map((entry) => entry.agentId),
      entries.map((entry) => entry.agentName),
      entries.map((entry) => entry.inputText),
      entries.map((entry) => entry.token),
      entries.map((entry) => entry.leaseExpiresAt),
      entries.map((entry) => entry.holder),
      entries.map(({ task }) => task.traceparent),
      entries.map(({ task }) => task.createdAt),
    ],
  )
  db.notify(EVENTS_CHANNEL)
}
