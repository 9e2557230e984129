import type { VersionStatus } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

/** A mirrored version as far as an index of its origin may change it. */
export interface MirroredVersion {
  id: string
  itemId: string
  name: string
  version: string
  status: VersionStatus
  statusMessage: string | null
  /** Of the text of its release. */
  releaseSha256: string
}

export const setOriginPublisher = async (
  tx: Tx,
  version: { id: string; publisher: string },
): Promise<void> => {
  await tx.query('update marketplace_versions set origin_publisher = $2 where id = $1', [
    version.id,
    version.publisher,
  ])
}

/** Versions from an origin that are not deleted, in the order of their ids, behind `after`. */
export const listMirrored = async (
  db: Queryable,
  { origin, after, limit }: { origin: string; after: string; limit: number },
): Promise<MirroredVersion[]> => {
  const rows = await db.query<{
    id: string
    item_id: string
    name: string
    version: string
    status: VersionStatus
    status_message: string | null
    release_sha256: string
  }>(
    `select v.id, v.item_id, i.name, v.version, v.status, v.status_message,
       encode(sha256(convert_to(v.release_payload, 'UTF8')), 'hex') as release_sha256
     from marketplace_items as i join marketplace_versions as v on v.item_id = i.id
     where i.origin = $1 and v.deleted_at is null and v.release_payload is not null
       and v.id > $2
     order by v.id limit $3`,
    [origin, after, limit],
  )
  return rows.map((row) => ({
    id: row.id,
    itemId: row.item_id,
    name: row.name,
    version: row.version,
    status: row.status,
    statusMessage: row.status_message,
    releaseSha256: row.release_sha256,
  }))
}

/** When the latest applied index of an origin was issued; others that ask wait for the transaction. */
export const lockOrigin = async (tx: Tx, name: string): Promise<Date | null> => {
  await tx.query(
    `insert into marketplace_origins (name, index_issued_at) values ($1, 'epoch')
     on conflict (name) do nothing`,
    [name],
  )
  const [row] = await tx.query<{ index_issued_at: Date }>(
    'select index_issued_at from marketplace_origins where name = $1 for update',
    [name],
  )
  return row?.index_issued_at ?? null
}

export const setIndexIssued = async (tx: Tx, name: string, issuedAt: Date): Promise<void> => {
  await tx.query('update marketplace_origins set index_issued_at = $2 where name = $1', [
    name,
    issuedAt,
  ])
}
