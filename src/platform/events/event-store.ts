import type { CadreEvent, EventData, EventType, TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'

export const EVENTS_CHANNEL = 'cadre_events'

/** A place in the log: events behind it are those with a greater (xact, id). */
export interface EventCursor {
  xact: string
  id: string
}

export const EVENT_START: EventCursor = { xact: '0', id: '0' }

export interface StoredEvent {
  cursor: EventCursor
  tenantId: TenantId
  event: CadreEvent
}

interface EventRow {
  xact: string
  id: string
  tenant_id: string
  type: EventType
  subject_id: string
  at: Date
  data: EventData
}

const COLUMNS = 'xact::text as xact, id::text as id, tenant_id, type, subject_id, at, data'

export interface NewEvent {
  tenantId: TenantId
  type: EventType
  subjectId: string
  at: Date
  data: EventData
}

/** Appends within the transaction that made the change, and wakes the readers on commit. */
export const appendEvents = async (db: Queryable, events: readonly NewEvent[]): Promise<void> => {
  if (events.length === 0) return
  await db.query(
    `insert into events (tenant_id, type, subject_id, at, data)
     select e.tenant_id, e.type, e.subject_id, e.at, e.data::json
     from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[])
       as e (tenant_id, type, subject_id, at, data)`,
    [
      events.map((event) => event.tenantId),
      events.map((event) => event.type),
      events.map((event) => event.subjectId),
      events.map((event) => event.at),
      events.map((event) => JSON.stringify(event.data)),
    ],
  )
  db.notify(EVENTS_CHANNEL)
}

/**
 * Events behind `after` in the order of their transactions. Stops before the oldest transaction
 * still running: ids are handed out before commit, so a later commit could carry earlier ids.
 */
export const readAfter = async (
  db: Queryable,
  after: EventCursor,
  limit: number,
): Promise<StoredEvent[]> => {
  const rows = await db.query<EventRow>(
    `select ${COLUMNS} from events
     where (xact, id) > ($1::text::xid8, $2::text::bigint)
       and xact < pg_snapshot_xmin(pg_current_snapshot())
     order by events.xact, events.id limit $3`,
    [after.xact, after.id, limit],
  )
  return rows.map(storedEventOf)
}

export interface EventPage {
  /** Those of the types that were asked for. */
  events: StoredEvent[]
  /** The place behind everything that was looked at; null when there was nothing. */
  end: EventCursor | null
  /** There may be more behind it. */
  isFull: boolean
}

/** As {@link readAfter}, but brings events of some types only, or of all when `types` is null. */
export const readPage = async (
  db: Queryable,
  after: EventCursor,
  { limit, types }: { limit: number; types: readonly EventType[] | null },
): Promise<EventPage> => {
  const rows = await db.query<EventRow & { seen: number }>(
    `with page as (
       select * from events
       where (xact, id) > ($1::text::xid8, $2::text::bigint)
         and xact < pg_snapshot_xmin(pg_current_snapshot())
       order by events.xact, events.id limit $3),
     last as (
       select xact, id, count(*) over () as seen from page
       order by page.xact desc, page.id desc limit 1)
     select page.xact::text as xact, page.id::text as id, tenant_id, type, subject_id, at, data,
       seen
     from page, last
     where $4::text[] is null or type = any ($4) or (page.xact, page.id) = (last.xact, last.id)
     order by page.xact, page.id`,
    [after.xact, after.id, limit, types],
  )
  const last = rows.at(-1)
  const isWanted = (row: EventRow) => types === null || types.includes(row.type)
  return {
    events: rows.filter(isWanted).map(storedEventOf),
    end: last === undefined ? null : { xact: last.xact, id: last.id },
    isFull: last?.seen === limit,
  }
}

/** True when there are events behind `after`, were it only that a transaction keeps them back. */
export const isAnyHeldBack = async (db: Queryable, after: EventCursor): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from events where (xact, id) > ($1::text::xid8, $2::text::bigint) limit 1',
    [after.xact, after.id],
  )
  return rows.length > 0
}

/** The place behind everything that is readable now. */
export const latestCursor = async (db: Queryable): Promise<EventCursor> => {
  const [row] = await db.query<EventCursor>(
    `select xact::text as xact, id::text as id from events
     where xact < pg_snapshot_xmin(pg_current_snapshot())
     order by events.xact desc, events.id desc limit 1`,
  )
  return row ?? EVENT_START
}

/** The history of one subject, oldest first. */
export const eventsOfSubject = async (
  db: Queryable,
  subject: { tenantId: TenantId; subjectId: string; after: EventCursor; limit: number },
): Promise<StoredEvent[]> => {
  const rows = await db.query<EventRow>(
    `select ${COLUMNS} from events
     where subject_id = $1 and tenant_id = $2 and id > $3::text::bigint
     order by events.id limit $4`,
    [subject.subjectId, subject.tenantId, subject.after.id, subject.limit],
  )
  return rows.map(storedEventOf)
}

/** Removes the oldest events before `before`; returns how many went. */
export const deleteEventsBefore = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from events where (xact, id) in (
       select xact, id from (select xact, id, at from events order by xact, id limit $2) as oldest
       where at < $1)
     returning id`,
    [before, rowsMax],
  )
  return rows.length
}

export const formatCursor = (cursor: EventCursor): string => `${cursor.xact}-${cursor.id}`

/** @returns null when the text is no cursor */
export const parseCursor = (text: string): EventCursor | null => {
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(text)
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { xact: match[1], id: match[2] }
}

const storedEventOf = (row: EventRow): StoredEvent => {
  const cursor = { xact: row.xact, id: row.id }
  return {
    cursor,
    tenantId: row.tenant_id as TenantId,
    event: {
      id: formatCursor(cursor),
      type: row.type,
      subject_id: row.subject_id,
      at: row.at.toISOString(),
      data: row.data,
    },
  }
}
