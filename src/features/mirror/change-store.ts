import type { ItemType, VersionStatus } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import type { EventCursor } from '#platform/events/event-store.ts'

export interface StoredChange {
  cursor: EventCursor
  kind: 'release' | 'status' | 'tombstone'
  name: string
  version: string
  status: VersionStatus
  message: string | null
  at: Date
  /** Of a release whose version is still there. */
  release: { payload: string; signature: Uint8Array; keyId: string } | null
}

/**
 * Changes behind `after` in the order of their transactions. Stops before the oldest transaction
 * still running: places are handed out before commit, so a later commit could carry an earlier one.
 */
export const readChanges = async (
  db: Queryable,
  query: { after: EventCursor; since: Date | null; limit: number },
): Promise<StoredChange[]> => {
  const rows = await db.query<{
    xact: string
    id: string
    kind: StoredChange['kind']
    name: string
    version: string
    status: VersionStatus
    message: string | null
    at: Date
    payload: string | null
    signature: Uint8Array | null
    key_id: string | null
  }>(
    `select c.xact::text as xact, c.id::text as id, c.kind, c.name, c.version, c.status, c.message,
       c.at, v.release_payload as payload, v.release_signature as signature,
       v.release_key_id as key_id
     from marketplace_changes as c left join marketplace_versions as v
       on v.id = c.version_id and c.kind = 'release' and v.deleted_at is null
     where (c.xact, c.id) > ($1::text::xid8, $2::text::bigint)
       and c.xact < pg_snapshot_xmin(pg_current_snapshot())
       and ($3::timestamptz is null or c.at >= $3)
     order by c.xact, c.id limit $4`,
    [query.after.xact, query.after.id, query.since, query.limit],
  )
  return rows.map(({ xact, id, payload, signature, key_id: keyId, ...row }) => ({
    ...row,
    cursor: { xact, id },
    release:
      payload === null || signature === null || keyId === null
        ? null
        : { payload, signature, keyId },
  }))
}

export interface IndexedVersion {
  name: string
  version: string
  item_type: ItemType
  status: VersionStatus
  message: string | null
  sha256: string | null
  key_id: string
  release_sha256: string
}

/** Everything that is approved, by name and version; of workflows with the digest of the source. */
export const listApproved = (db: Queryable, limit: number): Promise<IndexedVersion[]> =>
  db.query(
    `select i.name, v.version, i.item_type, v.status, v.status_message as message,
       case when v.artefact_kind = 'workflow'
         then encode(sha256(convert_to(w.source, 'UTF8')), 'hex')
         when v.artefact_kind = 'wasm' then v.artefact_sha256 end as sha256,
       v.release_key_id as key_id,
       encode(sha256(convert_to(v.release_payload, 'UTF8')), 'hex') as release_sha256
     from marketplace_items as i join marketplace_versions as v on v.item_id = i.id
       left join workflows as w on w.id = v.artefact_id and v.artefact_kind = 'workflow'
     where v.state = 'approved' and v.deleted_at is null and v.release_payload is not null
     order by i.name, v.version_rank limit $1`,
    [limit],
  )

/** Everything that was approved once and is gone. */
export const listTombstones = (
  db: Queryable,
  limit: number,
): Promise<{ name: string; version: string }[]> =>
  db.query(
    `select name, version from marketplace_changes where kind = 'tombstone'
     order by name, version limit $1`,
    [limit],
  )
