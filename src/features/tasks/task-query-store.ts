import type { AgentId, ParsedTaskListQuery, TaskId, TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { rankOfPriority } from '#platform/outbox/priority.ts'
import {
  ATTEMPT_COLUMNS,
  attemptOf,
  SUMMARY_COLUMNS,
  taskOf,
  TASK_COLUMNS,
  type AttemptRow,
  type TaskRow,
} from './task-rows.ts'
import type { AttemptRecord, TaskRecord } from './task.ts'

export const findTask = async (
  db: Queryable,
  tenantId: TenantId,
  id: TaskId,
): Promise<TaskRecord | null> => {
  const [row] = await db.query<TaskRow>(
    `select ${TASK_COLUMNS} from tasks as t where t.id = $1 and t.tenant_id is not distinct from $2`,
    [id, tenantId],
  )
  return row ? taskOf(row) : null
}

/** Tasks that hold these idempotency keys of one tenant, by key. */
export const findByIdempotencyKeys = async (
  db: Queryable,
  tenantId: TenantId,
  keys: readonly string[],
): Promise<Map<string, TaskRecord>> => {
  const rows = await db.query<TaskRow & { idempotency_key: string }>(
    `select ${TASK_COLUMNS} from tasks as t
     where t.tenant_id = $1 and t.idempotency_key = any ($2::text[])`,
    [tenantId, keys],
  )
  return new Map(rows.map((row) => [row.idempotency_key, taskOf(row)]))
}

export interface TaskFilter extends Omit<ParsedTaskListQuery, 'agent_id' | 'cursor'> {
  agentId: AgentId | null
  /** Sort value and id of the last task seen. */
  after: readonly [string, string] | null
}

/** One page; `limit` + 1 rows, so that the caller sees whether more follow. */
export const listTasks = async (
  db: Queryable,
  tenantId: TenantId,
  filter: TaskFilter,
): Promise<TaskRecord[]> => {
  const column = filter.sort_by === 'updated_at' ? 't.updated_at' : 't.created_at'
  const direction = filter.sort_order === 'asc' ? 'asc' : 'desc'
  // A statement of its own, so that its plan walks the tasks of one schedule and no others.
  const ofSchedule = filter.schedule_id === undefined ? '' : 'and t.schedule_id = $14::uuid'
  const rows = await db.query<TaskRow>(
    `select ${SUMMARY_COLUMNS} from tasks as t
     where t.tenant_id = $1 ${ofSchedule}
       and ($2::text is null or t.status = $2) and ($3::text is null or t.kind = $3)
       and ($4::uuid is null or t.agent_id = $4 or t.assigned_agent_id = $4)
       and ($5::text is null or t.capability = $5)
       and ($6::smallint is null or t.priority = $6)
       and ($7::text is null or $7 = any (t.tags))
       and ($8::text is null or t.title ilike '%' || $8 || '%' or t.last_error ilike '%' || $8 || '%')
       and ($9::timestamptz is null or t.created_at > $9)
       and ($10::timestamptz is null or t.created_at < $10)
       and ($11::text is null or (${column}, t.id)
         ${direction === 'asc' ? '>' : '<'} ($11::text::timestamptz, $12::text::uuid))
     order by ${column} ${direction}, t.id ${direction} limit $13`,
    [
      tenantId,
      filter.status ?? null,
      filter.kind ?? null,
      filter.agentId,
      filter.capability ?? null,
      filter.priority === undefined ? null : rankOfPriority(filter.priority),
      filter.tag ?? null,
      filter.q?.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`) ?? null,
      filter.created_after ?? null,
      filter.created_before ?? null,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.limit + 1,
      ...(filter.schedule_id === undefined ? [] : [filter.schedule_id]),
    ],
  )
  return rows.map(taskOf)
}

const ATTEMPTS_MAX = 1_000
const STORED_COLUMNS = `task_id, attempt, tenant_id, agent_id, outcome, category, error, fingerprint,
  cost, started_at, finished_at, duration_ms, execution_outcome, execution_ms, exit_code, stdout,
  stderr`

/** Those that ended, and at last the one that runs, which only the task's own row tells of. */
export const attemptsOf = async (
  db: Queryable,
  tenantId: TenantId,
  taskId: TaskId,
): Promise<AttemptRecord[]> => {
  const rows = await db.query<AttemptRow>(
    `select ${ATTEMPT_COLUMNS} from (
       select * from (
         select ${STORED_COLUMNS} from attempts where task_id = $1
         order by attempt limit ${ATTEMPTS_MAX}) as stored
       union all
       select id, attempt, tenant_id, assigned_agent_id, 'running', null, null, null, null,
         attempt_started_at, null, null, null, null, null, null, null
       from tasks where id = $1 and status is not distinct from 'IN_PROGRESS') as a
     where a.tenant_id is not distinct from $2 order by a.attempt`,
    [taskId, tenantId],
  )
  return rows.map(attemptOf)
}

/** The latest sandboxed execution of a task. */
export const latestExecution = async (
  db: Queryable,
  tenantId: TenantId,
  taskId: TaskId,
): Promise<AttemptRecord | null> => {
  const [row] = await db.query<AttemptRow>(
    `select ${ATTEMPT_COLUMNS} from attempts as a
     where a.task_id = $1 and a.tenant_id is not distinct from $2 and a.execution_outcome is not null
     order by a.attempt desc limit 1`,
    [taskId, tenantId],
  )
  return row ? attemptOf(row) : null
}

export const listExecutions = async (
  db: Queryable,
  tenantId: TenantId,
  page: { agentId: AgentId | null; limit: number; offset: number },
): Promise<AttemptRecord[]> => {
  const rows = await db.query<AttemptRow>(
    `select ${ATTEMPT_COLUMNS} from attempts as a
     where a.tenant_id = $1 and a.execution_outcome is not null
       and ($2::uuid is null or a.agent_id = $2)
     order by a.started_at desc limit $3 offset $4`,
    [tenantId, page.agentId, page.limit, page.offset],
  )
  return rows.map(attemptOf)
}

/** Present figures, each from what is kept of unfinished tasks only. */
export const countUnfinished = async (db: Queryable, tenantId: TenantId) => {
  const [row] = await db.query<{ waiting: number; in_progress: number; quarantined: number }>(
    `select (select count(*) from outbox where tenant_id = $1) as waiting,
       (select count(*) from tasks where tenant_id = $1 and status = 'IN_PROGRESS') as in_progress,
       (select coalesce(sum(tasks), 0)::bigint from quarantine_groups where tenant_id = $1)
         as quarantined`,
    [tenantId],
  )
  return row ?? { waiting: 0, in_progress: 0, quarantined: 0 }
}

/** Leases by holder; agents without any are left out. */
export const countHeldBy = async (
  db: Queryable,
  agentIds: readonly AgentId[],
): Promise<Map<string, number>> => {
  const rows = await db.query<{ agent_id: string; held: number }>(
    `select assigned_agent_id as agent_id, count(*) as held from tasks
     where status = 'IN_PROGRESS' and assigned_agent_id = any ($1::uuid[])
     group by assigned_agent_id`,
    [agentIds],
  )
  return new Map(rows.map((row) => [row.agent_id, row.held]))
}

export const countWaitingFor = async (db: Queryable, agentId: AgentId): Promise<number> => {
  const [row] = await db.query<{ waiting: number }>(
    'select count(*) as waiting from outbox where agent_id = $1',
    [agentId],
  )
  return row?.waiting ?? 0
}

/** Removes finished tasks with their attempts; returns how many went. */
export const deleteFinishedBefore = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `with old as (
       select id from tasks where finished_at < $1 and status in ('DONE', 'CANCELLED') and run_id is null
       order by finished_at limit $2 for update skip locked),
     attempts_gone as (delete from attempts as a using old where a.task_id = old.id),
     gone as (delete from tasks as t using old where t.id = old.id returning t.id)
     select id from gone`,
    [before, rowsMax],
  )
  return rows.length
}
