import type { RunId, TenantId, WorkflowId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { EVENTS_CHANNEL } from '#platform/events/event-store.ts'
import type { RunOutcome, RunRecord, RunStatus, TriggerKind } from './run.ts'

// Rows of runs. Whoever moves a run locks its row first, then its tasks, then its steps.

/** Tells that some run has messages of its family waiting. */
export const RUN_MESSAGES_CHANNEL = 'cadre_run_messages'

export interface RunRow {
  id: string
  tenant_id: string
  workflow_id: string
  workflow_name: string
  workflow_version: string
  status: RunStatus
  outcome: RunOutcome | null
  is_paused: boolean
  trigger_kind: TriggerKind
  trigger?: unknown
  payload?: unknown
  error: string | null
  failed_step: string | null
  cost: string
  cost_limit: string | null
  deadline_at: Date | null
  parent_run_id: string | null
  nesting: number
  rerun_of: string | null
  rerun_from: string | null
  created_by: string
  created_by_name: string
  idempotency_key: string | null
  request_sha256: string | null
  traceparent: string | null
  created_at: Date
  updated_at: Date
  stuck_since: Date | null
  finished_at: Date | null
  duration_ms: number | null
}

/** All columns but the payloads, which may be large. */
export const RUN_SUMMARY_COLUMNS = `r.id, r.tenant_id, r.workflow_id, r.workflow_name,
  r.workflow_version, r.status, r.outcome, r.is_paused, r.trigger_kind, r.error, r.failed_step,
  r.cost, r.cost_limit, r.deadline_at, r.parent_run_id, r.nesting, r.rerun_of, r.rerun_from,
  r.created_by, r.created_by_name, r.idempotency_key, r.request_sha256, r.traceparent,
  r.created_at, r.updated_at, r.stuck_since, r.finished_at, r.duration_ms`
export const RUN_COLUMNS = `${RUN_SUMMARY_COLUMNS}, r.trigger, r.payload`

export const runOf = (row: RunRow): RunRecord => ({
  id: row.id as RunId,
  tenantId: row.tenant_id as TenantId,
  workflowId: row.workflow_id as WorkflowId,
  workflowName: row.workflow_name,
  workflowVersion: row.workflow_version,
  status: row.status,
  outcome: row.outcome,
  isPaused: row.is_paused,
  triggerKind: row.trigger_kind,
  trigger: row.trigger ?? null,
  payload: row.payload ?? {},
  error: row.error,
  failedStep: row.failed_step,
  cost: row.cost,
  costLimit: row.cost_limit,
  deadlineAt: row.deadline_at,
  parentRunId: row.parent_run_id as RunId | null,
  nesting: row.nesting,
  rerunOf: row.rerun_of as RunId | null,
  rerunFrom: row.rerun_from,
  createdBy: row.created_by,
  createdByName: row.created_by_name,
  idempotencyKey: row.idempotency_key,
  requestSha256: row.request_sha256,
  traceparent: row.traceparent,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  stuckSince: row.stuck_since,
  finishedAt: row.finished_at,
  durationMs: row.duration_ms,
})

/**
 * Stores new runs.
 * @returns ids of those stored; the others' idempotency keys exist already
 */
export const insertRuns = async (tx: Tx, runs: readonly RunRecord[]): Promise<Set<RunId>> => {
  const rows = await tx.query<{ id: string }>(
    `insert into workflow_runs (id, tenant_id, workflow_id, workflow_name, workflow_version, status,
       is_paused, trigger_kind, trigger, payload, cost, cost_limit, deadline_at, parent_run_id,
       nesting, rerun_of, rerun_from, created_by, created_by_name, idempotency_key, request_sha256,
       traceparent, created_at, updated_at)
     select n.id, n.tenant_id, n.workflow_id, n.workflow_name, n.workflow_version, 'RUNNING', false,
       n.trigger_kind, n.trigger, n.payload, 0, n.cost_limit, n.deadline_at, n.parent_run_id,
       n.nesting, n.rerun_of, n.rerun_from, n.created_by, n.created_by_name, n.idempotency_key,
       n.request_sha256, n.traceparent, n.created_at, n.created_at
     from json_to_recordset($1::json) as n (id uuid, tenant_id uuid, workflow_id uuid,
       workflow_name text, workflow_version text, trigger_kind text, trigger json, payload json,
       cost_limit numeric, deadline_at timestamptz, parent_run_id uuid, nesting smallint,
       rerun_of uuid, rerun_from text, created_by uuid, created_by_name text, idempotency_key text,
       request_sha256 text, traceparent text, created_at timestamptz)
     on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing
     returning id`,
    [JSON.stringify(runs.map(insertable))],
  )
  return new Set(rows.map((row) => row.id as RunId))
}

const insertable = (run: RunRecord) => ({
  id: run.id,
  tenant_id: run.tenantId,
  workflow_id: run.workflowId,
  workflow_name: run.workflowName,
  workflow_version: run.workflowVersion,
  trigger_kind: run.triggerKind,
  trigger: run.trigger,
  payload: run.payload,
  cost_limit: run.costLimit,
  deadline_at: run.deadlineAt,
  parent_run_id: run.parentRunId,
  nesting: run.nesting,
  rerun_of: run.rerunOf,
  rerun_from: run.rerunFrom,
  created_by: run.createdBy,
  created_by_name: run.createdByName,
  idempotency_key: run.idempotencyKey,
  request_sha256: run.requestSha256,
  traceparent: run.traceparent,
  created_at: run.createdAt,
})

/**
 * Locks runs in the order of their ids, and reads what changes of them: not their triggers. Those
 * that do not exist are left out.
 */
export const lockRuns = async (
  tx: Tx,
  runIds: readonly RunId[],
): Promise<Omit<RunRecord, 'trigger'>[]> => {
  const rows = await tx.query<RunRow>(
    `select ${RUN_SUMMARY_COLUMNS}, r.payload from workflow_runs as r
     where r.id = any ($1::uuid[]) order by r.id for update`,
    [runIds],
  )
  return rows.map(runOf)
}

/** What never changes of a run: whose it is, of which workflow, and what it was started with. */
export interface RunOrigin {
  id: RunId
  tenantId: TenantId
  workflowId: WorkflowId
  trigger: unknown
  /** Of the trigger as JSON. */
  triggerBytes: number
}

export const findOrigins = async (
  db: Queryable,
  runIds: readonly RunId[],
): Promise<RunOrigin[]> => {
  const rows = await db.query<{
    id: string
    tenant_id: string
    workflow_id: string
    trigger: unknown
    trigger_bytes: number
  }>(
    `select id, tenant_id, workflow_id, trigger,
       coalesce(octet_length(trigger::text), 0) as trigger_bytes
     from workflow_runs where id = any ($1::uuid[])`,
    [runIds],
  )
  return rows.map((row) => ({
    id: row.id as RunId,
    tenantId: row.tenant_id as TenantId,
    workflowId: row.workflow_id as WorkflowId,
    trigger: row.trigger ?? null,
    triggerBytes: row.trigger_bytes,
  }))
}

/** Runs of one tenant that were made under these idempotency keys, by key. */
export const findRunsByKeys = async (
  db: Queryable,
  tenantId: TenantId,
  keys: readonly string[],
): Promise<Map<string, RunRecord>> => {
  const rows = await db.query<RunRow & { idempotency_key: string }>(
    `select ${RUN_COLUMNS} from workflow_runs as r
     where r.tenant_id = $1 and r.idempotency_key = any ($2::text[])`,
    [tenantId, keys],
  )
  return new Map(rows.map((row) => [row.idempotency_key, runOf(row)]))
}

/** A run as a move leaves it. */
export interface MovedRun {
  record: RunRecord
  /** The payload is written only where it changed: it may be large. */
  isPayloadNew: boolean
}

/**
 * Writes what moved of locked runs, and what happened in them.
 * @returns those of the runs of which no step is open
 */
export const writeMoved = async (
  tx: Tx,
  { runs, events }: { runs: readonly MovedRun[]; events: readonly RunEvent[] },
  now: Date,
): Promise<Set<RunId>> => {
  const rows = await tx.query<{ id: string }>(
    `with moved as (
       update workflow_runs as r set status = w.status, outcome = w.outcome,
         is_paused = w.is_paused, payload = coalesce(w.payload::json, r.payload), error = w.error,
         failed_step = w.failed_step, cost = w.cost, updated_at = $9, stuck_since = null
       from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[],
         $7::text[], $8::numeric[])
         as w (id, status, outcome, is_paused, payload, error, failed_step, cost)
       where r.id = any ($1::uuid[]) and r.id = w.id),
     told as (
       insert into events (tenant_id, type, subject_id, at, data)
       select e.tenant_id, e.type, e.run_id, $9, e.data::json
       from unnest($10::uuid[], $11::text[], $12::uuid[], $13::text[])
         as e (tenant_id, type, run_id, data))
     select w.id from unnest($1::uuid[]) as w (id)
     where not exists (
       select 1 from workflow_steps as s
       where s.run_id = w.id and s.status in ('WAITING', 'RUNNING', 'HELD') offset 0)`,
    [
      runs.map(({ record }) => record.id),
      runs.map(({ record }) => record.status),
      runs.map(({ record }) => record.outcome),
      runs.map(({ record }) => record.isPaused),
      runs.map(({ record, isPayloadNew }) =>
        isPayloadNew ? JSON.stringify(record.payload) : null,
      ),
      runs.map(({ record }) => record.error),
      runs.map(({ record }) => record.failedStep),
      runs.map(({ record }) => record.cost),
      now,
      ...eventColumns(events),
    ],
  )
  if (events.length > 0) tx.notify(EVENTS_CHANNEL)
  return new Set(rows.map((row) => row.id as RunId))
}

export const writeOutputs = async (
  tx: Tx,
  outputs: readonly { runId: RunId; output: unknown }[],
): Promise<void> => {
  await tx.query(
    `update workflow_runs as r set output = w.output::json
     from unnest($1::uuid[], $2::text[]) as w (id, output)
     where r.id = any ($1::uuid[]) and r.id = w.id`,
    [
      outputs.map(({ runId }) => runId),
      outputs.map(({ output }) => JSON.stringify(output ?? null)),
    ],
  )
}

/** A run as `check_workflow_completion` closed it. */
export interface ClosedRun {
  runId: RunId
  status: RunStatus
  cost: string
  durationMs: number
}

/** Closes those of the runs of which nothing is open; answers them. */
export const closeRuns = async (
  tx: Tx,
  runIds: readonly RunId[],
  now: Date,
): Promise<ClosedRun[]> => {
  const rows = await tx.query<{ id: string; status: RunStatus | null }>(
    `select id, check_workflow_completion(id, $2) as status from unnest($1::uuid[]) as w (id)`,
    [runIds, now],
  )
  const closed = rows.filter(({ status }) => status !== null).map(({ id }) => id)
  if (closed.length === 0) return []
  const sums = await tx.query<{ id: string; status: RunStatus; cost: string; duration_ms: number }>(
    'select id, status, cost, duration_ms from workflow_runs where id = any ($1::uuid[])',
    [closed],
  )
  return sums.map((row) => ({
    runId: row.id as RunId,
    status: row.status,
    cost: row.cost,
    durationMs: Number(row.duration_ms),
  }))
}

export interface RunEvent {
  tenantId: TenantId
  runId: RunId
  type: string
  /** Members without a value are left out. */
  data: object
}

export const insertRunEvents = async (
  tx: Tx,
  events: readonly RunEvent[],
  now: Date,
): Promise<void> => {
  await tx.query(
    `insert into events (tenant_id, type, subject_id, at, data)
     select e.tenant_id, e.type, e.run_id, $1, e.data::json
     from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[]) as e (tenant_id, type, run_id, data)`,
    [now, ...eventColumns(events)],
  )
  tx.notify(EVENTS_CHANNEL)
}

const eventColumns = (events: readonly RunEvent[]): string[][] => [
  events.map(({ tenantId }) => tenantId),
  events.map(({ type }) => type),
  events.map(({ runId }) => runId),
  events.map(({ data }) => JSON.stringify(data)),
]

export type RunMessage =
  | { runId: RunId; kind: 'child_ended'; body: { run_id: RunId } }
  | { runId: RunId; kind: 'cancel' | 'undo'; body: { reason: string } }

/** Leaves messages for runs of the same family; they are taken once this transaction is over. */
export const insertMessages = async (tx: Tx, messages: readonly RunMessage[]): Promise<void> => {
  await tx.query(
    `insert into run_messages (run_id, tenant_id, kind, body)
     select m.run_id, r.tenant_id, m.kind, m.body::json
     from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality
       as m (run_id, kind, body, place)
     join workflow_runs as r on r.id = m.run_id and r.id = any ($1::uuid[])
     order by m.place`,
    [
      messages.map(({ runId }) => runId),
      messages.map(({ kind }) => kind),
      messages.map(({ body }) => JSON.stringify(body)),
    ],
  )
  tx.notify(RUN_MESSAGES_CHANNEL)
}

/** Runs that have messages waiting. */
export const findAddressees = async (db: Queryable, rowsMax: number): Promise<RunId[]> => {
  const rows = await db.query<{ run_id: string }>(
    'select distinct run_id from (select run_id from run_messages order by id limit $1) as m',
    [rowsMax],
  )
  return rows.map((row) => row.run_id as RunId)
}

/** Takes the messages of locked runs, in their order. */
export const takeMessages = async (tx: Tx, runIds: readonly RunId[]): Promise<RunMessage[]> => {
  const rows = await tx.query<{ id: number; run_id: string; kind: string; body: unknown }>(
    'delete from run_messages where run_id = any ($1::uuid[]) returning id, run_id, kind, body',
    [runIds],
  )
  return rows
    .toSorted((a, b) => a.id - b.id)
    .map(({ run_id, kind, body }) => ({ runId: run_id, kind, body }) as RunMessage)
}
