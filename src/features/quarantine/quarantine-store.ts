import type { AgentId, FailureCategory, TaskId, TenantId } from '@cadre/contract'
import { SUMMARY_COLUMNS, taskOf, type TaskRecord, type TaskRow } from '#features/tasks/index.ts'
import type { Queryable, SqlValue } from '#platform/db/db.ts'

// What people look at. Tasks come from the inbox's own rows, figures from the groups; neither
// reads tasks that are not in quarantine.

/** A quarantined task and why it is there. */
export interface QuarantinedRecord {
  task: TaskRecord
  fingerprint: string
  quarantinedAt: Date
}

/** Conditions that all hold together; absent ones are not asked for. */
export interface InboxFilter {
  ids?: readonly TaskId[]
  agentId?: AgentId
  category?: FailureCategory
  fingerprint?: string
  text?: string
  after?: Date
  before?: Date
  /** That moment included. */
  until?: Date
}

/** A place in the inbox: time and task of a row. */
export interface InboxPlace {
  at: string
  taskId: string
}

interface InboxPage {
  filter: InboxFilter
  order: 'newest' | 'oldest'
  behind: InboxPlace | null
  limit: number
}

type InboxRow = TaskRow & { fingerprint: string; quarantined_at: Date }

/**
 * One page. Only conditions that are asked for are in the statement, so that each filter is
 * served by its own index.
 */
export const listInbox = async (
  db: Queryable,
  tenantId: TenantId,
  page: InboxPage,
): Promise<QuarantinedRecord[]> => {
  const { where, parameters } = conditionsOf(tenantId, page.filter)
  const [direction, sign] = page.order === 'newest' ? ['desc', '<'] : ['asc', '>']
  if (page.behind !== null) {
    parameters.push(page.behind.at, page.behind.taskId)
    where.push(
      `(q.quarantined_at, q.task_id) ${sign} ($${parameters.length - 1}::text::timestamptz,
        $${parameters.length}::text::uuid)`,
    )
  }
  parameters.push(page.limit)
  const rows = await db.query<InboxRow>(
    `select ${SUMMARY_COLUMNS}, q.fingerprint, q.quarantined_at
     from quarantine as q join tasks as t on t.id = q.task_id
     where ${where.join(' and ')}
     order by q.quarantined_at ${direction}, q.task_id ${direction} limit $${parameters.length}`,
    parameters,
  )
  return rows.map((row) => ({
    task: taskOf(row),
    fingerprint: row.fingerprint,
    quarantinedAt: row.quarantined_at,
  }))
}

/** How many tasks of the inbox match. */
export const countInbox = async (
  db: Queryable,
  tenantId: TenantId,
  filter: InboxFilter,
): Promise<number> => {
  const { where, parameters } = conditionsOf(tenantId, filter)
  const tasks = filter.text === undefined ? '' : 'join tasks as t on t.id = q.task_id'
  const [row] = await db.query<{ matched: number }>(
    `select count(*) as matched from quarantine as q ${tasks} where ${where.join(' and ')}`,
    parameters,
  )
  return row?.matched ?? 0
}

const conditionsOf = (tenantId: TenantId, filter: InboxFilter) => {
  const where = ['q.tenant_id = $1']
  const parameters: SqlValue[] = [tenantId]
  const add = (value: SqlValue | undefined, condition: (place: string) => string) => {
    if (value === undefined) return
    parameters.push(value)
    where.push(condition(`$${parameters.length}`))
  }
  add(filter.ids, (place) => `q.task_id = any (${place}::uuid[])`)
  add(filter.agentId, (place) => `q.agent_id = ${place}`)
  add(filter.category, (place) => `q.category = ${place}`)
  add(filter.fingerprint, (place) => `q.fingerprint = ${place}`)
  add(filter.after, (place) => `q.quarantined_at > ${place}`)
  add(filter.before, (place) => `q.quarantined_at < ${place}`)
  add(filter.until, (place) => `q.quarantined_at <= ${place}`)
  add(
    filter.text === undefined ? undefined : literally(filter.text),
    (place) => `(q.error ilike '%' || ${place} || '%' or t.title ilike '%' || ${place} || '%')`,
  )
  return { where, parameters }
}

const literally = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)

/** Where a task stands in the inbox; null when it is not there. */
export const findInInbox = async (
  db: Queryable,
  tenantId: TenantId,
  taskId: TaskId,
): Promise<Omit<QuarantinedRecord, 'task'> | null> => {
  const [row] = await db.query<{ fingerprint: string; quarantined_at: Date }>(
    `select fingerprint, quarantined_at from quarantine
     where task_id = $1 and tenant_id is not distinct from $2`,
    [taskId, tenantId],
  )
  return row ? { fingerprint: row.fingerprint, quarantinedAt: row.quarantined_at } : null
}

export interface GroupRecord {
  fingerprint: string
  category: FailureCategory
  error: string
  tasks: number
  total: number
  agents: { agentId: AgentId; tasks: number }[]
  agentsAffected: number
  firstSeenAt: Date
  lastSeenAt: Date
  openedAt: Date
}

interface GroupRow {
  fingerprint: string
  category: FailureCategory
  error: string
  tasks: number
  total: number
  agents: { agent_id: string; tasks: number }[]
  agents_affected: number
  first_seen_at: Date
  last_seen_at: Date
  opened_at: Date
}

export interface GroupPage {
  fingerprint: string | null
  agentId: AgentId | null
  category: FailureCategory | null
  text: string | null
  behind: readonly [string, string] | null
  limit: number
}

const AGENTS_SHOWN_MAX = 10

/** Groups that are not empty, the one with the latest failure first. */
export const listGroups = async (
  db: Queryable,
  tenantId: TenantId,
  page: GroupPage,
): Promise<GroupRecord[]> => {
  const rows = await db.query<GroupRow>(
    `select g.*, (
         select coalesce(json_agg(a), '[]') from (
           select agent_id, tasks from quarantine_group_agents
           where tenant_id = $1 and fingerprint = g.fingerprint and tasks > 0
           order by tasks desc, agent_id limit ${AGENTS_SHOWN_MAX}) as a) as agents, (
         select count(*) from quarantine_group_agents
         where tenant_id = $1 and fingerprint = g.fingerprint and tasks > 0) as agents_affected
     from quarantine_groups as g
     where g.tenant_id = $1 and g.tasks > 0 and ($2::text is null or g.fingerprint = $2)
       and ($3::text is null or g.category = $3)
       and ($4::text is null or g.error ilike '%' || $4 || '%')
       and ($5::uuid is null or exists (
         select 1 from quarantine_group_agents as a where a.tenant_id = $1
           and a.fingerprint = g.fingerprint and a.agent_id = $5 and a.tasks > 0))
       and ($6::text is null
         or (g.last_seen_at, g.fingerprint) < ($6::text::timestamptz, $7::text))
     order by g.last_seen_at desc, g.fingerprint desc limit $8`,
    [
      tenantId,
      page.fingerprint,
      page.category,
      page.text === null ? null : literally(page.text),
      page.agentId,
      page.behind?.[0] ?? null,
      page.behind?.[1] ?? null,
      page.limit,
    ],
  )
  return rows.map((row) => ({
    fingerprint: row.fingerprint,
    category: row.category,
    error: row.error,
    tasks: row.tasks,
    total: row.total,
    agents: row.agents.map(({ agent_id, tasks }) => ({ agentId: agent_id as AgentId, tasks })),
    agentsAffected: row.agents_affected,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    openedAt: row.opened_at,
  }))
}

/** Of all tenants, for the metrics. */
export const totalsOfQuarantine = async (db: Queryable) => {
  const [row] = await db.query<{ groups: number; tasks: number }>(
    `select count(*) as groups, coalesce(sum(tasks), 0)::bigint as tasks
     from quarantine_groups where tasks > 0`,
  )
  return row ?? { groups: 0, tasks: 0 }
}

/** Forgets groups that have been empty since `before`; returns how many. */
export const deleteEmptyGroups = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `with old as (
       select tenant_id, fingerprint from quarantine_groups
       where tasks = 0 and last_seen_at < $1
       order by tenant_id, fingerprint limit $2 for update skip locked),
     agents_gone as (
       delete from quarantine_group_agents as a using old
       where a.tenant_id = old.tenant_id and a.fingerprint = old.fingerprint),
     gone as (
       delete from quarantine_groups as g using old
       where g.tenant_id = old.tenant_id and g.fingerprint = old.fingerprint
       returning g.fingerprint)
     select fingerprint from gone`,
    [before, rowsMax],
  )
  return rows.length
}
