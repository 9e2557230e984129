import type { TaskId, TaskStatus, TenantId } from '@cadre/contract'
import type { Queryable, SqlValue, Tx } from '#platform/db/db.ts'

/** A message that could not be delivered, as the broker buried it. */
export interface DeadLetterRecord {
  /** Order of burial among letters of the same moment. */
  seq: number
  id: string
  source: string
  queue: string
  reason: string
  deliveries: number
  /** Earlier refusals, the oldest first. */
  history: unknown[]
  headers: Record<string, unknown>
  enqueuedAt: Date
  diedAt: Date
}

interface DeadLetterRow {
  seq: number
  id: string
  source: string
  queue: string
  reason: string
  deliveries: number
  history: unknown
  headers: unknown
  enqueued_at: Date
  died_at: Date
}

const COLUMNS = `d.seq, d.id, d.source, d.queue, d.reason, d.deliveries, d.history, d.headers,
  d.enqueued_at, d.died_at`

const letterOf = (row: DeadLetterRow): DeadLetterRecord => ({
  seq: row.seq,
  id: row.id,
  source: row.source,
  queue: row.queue,
  reason: row.reason,
  deliveries: row.deliveries,
  history: Array.isArray(row.history) ? row.history : [],
  headers: isRecord(row.headers) ? row.headers : { content: row.headers },
  enqueuedAt: row.enqueued_at,
  diedAt: row.died_at,
})

/** A poison message may carry anything. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface DeadLetterPage {
  queue: string | null
  text: string | null
  /** Time and sequence number of the last one seen. */
  behind: readonly [string, string] | null
  limit: number
}

/** Newest first. */
export const listDeadLetters = async (
  db: Queryable,
  tenantId: TenantId,
  page: DeadLetterPage,
): Promise<DeadLetterRecord[]> => {
  const rows = await db.query<DeadLetterRow>(
    `select ${COLUMNS} from dead_letters as d
     where d.tenant_id = $1 and ($2::text is null or d.queue = $2)
       and ($3::text is null or d.reason ilike '%' || $3 || '%')
       and ($4::text is null
         or (d.died_at, d.seq) < ($4::text::timestamptz, $5::text::bigint))
     order by d.died_at desc, d.seq desc limit $6`,
    [
      tenantId,
      page.queue,
      page.text?.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`) ?? null,
      page.behind?.[0] ?? null,
      page.behind?.[1] ?? null,
      page.limit,
    ],
  )
  return rows.map(letterOf)
}

export const findDeadLetter = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<DeadLetterRecord | null> => {
  const [row] = await db.query<DeadLetterRow>(
    `select ${COLUMNS} from dead_letters as d
     where d.id = $1 and d.tenant_id is not distinct from $2 order by d.seq limit 1`,
    [id, tenantId],
  )
  return row ? letterOf(row) : null
}

/** Takes a letter for this transaction; null when there is none such. */
export const lockDeadLetter = async (
  tx: Tx,
  tenantId: TenantId,
  id: string,
): Promise<DeadLetterRecord | null> => {
  const [row] = await tx.query<DeadLetterRow>(
    `select ${COLUMNS} from dead_letters as d
     where d.id = $1 and d.tenant_id is not distinct from $2
     order by d.seq limit 1 for update`,
    [id, tenantId],
  )
  return row ? letterOf(row) : null
}

export const deleteDeadLetter = async (tx: Tx, letter: { id: string; seq: number }) => {
  await tx.query('delete from dead_letters where id = $1 and seq is not distinct from $2', [
    letter.id,
    letter.seq,
  ])
}

export interface DeadLetterFilter {
  queue?: string
  ids?: readonly string[]
  /** Letters buried later are left alone. */
  until: Date
}

const conditionsOf = (tenantId: TenantId, filter: DeadLetterFilter) => {
  const parameters: SqlValue[] = [tenantId, filter.until]
  const where = ['tenant_id = $1', 'died_at <= $2']
  if (filter.queue !== undefined) where.push(`queue = $${parameters.push(filter.queue)}`)
  if (filter.ids !== undefined) where.push(`id = any ($${parameters.push(filter.ids)}::uuid[])`)
  return { where: where.join(' and '), parameters }
}

export const countDeadLetters = async (
  db: Queryable,
  tenantId: TenantId,
  filter: DeadLetterFilter,
): Promise<number> => {
  const { where, parameters } = conditionsOf(tenantId, filter)
  const [row] = await db.query<{ matched: number }>(
    `select count(*) as matched from dead_letters where ${where}`,
    parameters,
  )
  return row?.matched ?? 0
}

/** Removes letters, the oldest first; returns how many went. */
export const deleteDeadLetters = async (
  db: Queryable,
  tenantId: TenantId,
  filter: DeadLetterFilter,
  rowsMax: number,
): Promise<number> => {
  const { where, parameters } = conditionsOf(tenantId, filter)
  const rows = await db.query(
    `with old as (
       select id, seq from dead_letters where ${where}
       order by died_at, seq limit $${parameters.length + 1} for update skip locked)
     delete from dead_letters as d using old where d.id = old.id and d.seq = old.seq
     returning d.id`,
    [...parameters, rowsMax],
  )
  return rows.length
}

/** Letters past their time; returns how many went. */
export const deleteDeadLettersBefore = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `with old as (
       select id, seq from dead_letters where died_at < $1
       limit $2 for update skip locked)
     delete from dead_letters as d using old where d.id = old.id and d.seq = old.seq
     returning d.id`,
    [before, rowsMax],
  )
  return rows.length
}

/** States of the tasks among these ids that this tenant has. */
export const statusesOf = async (
  db: Queryable,
  tenantId: TenantId,
  taskIds: readonly TaskId[],
): Promise<Map<string, TaskStatus>> => {
  if (taskIds.length === 0) return new Map()
  const rows = await db.query<{ id: string; status: TaskStatus }>(
    `select id, status from tasks
     where id = any ($1::uuid[]) and tenant_id is not distinct from $2`,
    [taskIds, tenantId],
  )
  return new Map(rows.map((row) => [row.id, row.status]))
}
