import type { Tx } from '../db/db.ts'
import { EVENT_START, type EventCursor } from './event-store.ts'

/** Takes the projection for this transaction; others wait until it ends. */
export const lockProjection = async (tx: Tx, name: string): Promise<EventCursor> => {
  await tx.query(
    `insert into projections (name, xact, event_id) values ($1, $2::text::xid8, $3)
     on conflict (name) do nothing`,
    [name, EVENT_START.xact, EVENT_START.id],
  )
  const [row] = await tx.query<EventCursor>(
    `select xact::text as xact, event_id::text as id from projections where name = $1 for update`,
    [name],
  )
  return row ?? EVENT_START
}

export const saveProjection = async (tx: Tx, name: string, cursor: EventCursor): Promise<void> => {
  await tx.query(
    'update projections set xact = $2::text::xid8, event_id = $3::text::bigint where name = $1',
    [name, cursor.xact, cursor.id],
  )
}
