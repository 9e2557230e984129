import {
  RELEASE_PAYLOAD_TYPE,
  type MarketplaceChange,
  type MarketplaceChanges,
} from '@cadre/contract'
import { envelopeView } from '#features/registry/index.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import { EVENT_START, formatCursor, parseCursor } from '#platform/events/event-store.ts'
import { readChanges, type StoredChange } from './change-store.ts'

/** A transaction is over by then: what happened in it is not missed by the time it says. */
const MARGIN_MS = 300_000

export interface ChangesRequest {
  cursor?: string | undefined
  updated_since?: string | undefined
  limit: number
}

/** @throws AppError 422 for `cursor` when it is not one of this feed */
export const readChangeFeed = async (
  db: Db,
  { cursor, updated_since: since, limit }: ChangesRequest,
): Promise<MarketplaceChanges> => {
  const after = cursor === undefined ? EVENT_START : parseCursor(cursor)
  if (after === null) throw invalidField('cursor', 'is not a cursor of this list')
  const found = await readChanges(db, {
    after,
    since: since === undefined ? null : new Date(Date.parse(since) - MARGIN_MS),
    limit,
  })
  return {
    changes: found.flatMap(changeView),
    next_cursor: formatCursor(found.at(-1)?.cursor ?? after),
    is_end: found.length < limit,
  }
}

/** A release that is gone by now is told by its tombstone alone. */
const changeView = (change: StoredChange): MarketplaceChange[] => {
  const { kind, name, version, status, message, release } = change
  const said = { kind, name, version, status, message, at: change.at.toISOString() }
  if (kind !== 'release') return [said]
  if (release === null) return []
  return [{ ...said, release: envelopeView({ payloadType: RELEASE_PAYLOAD_TYPE, ...release }) }]
}
