import { RELEASE_PAYLOAD_TYPE } from '@cadre/contract'
import type { Envelope } from '#features/registry/index.ts'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { VersionRecord } from './item.ts'
import { COLUMNS, FROM, versionOf, type VersionRow } from './version-store.ts'

/** A version's release as it was signed; null until the version is approved. */
export const findRelease = async (db: Queryable, versionId: string): Promise<Envelope | null> => {
  const [row] = await db.query<{ payload: string; signature: Uint8Array; key_id: string }>(
    `select release_payload as payload, release_signature as signature, release_key_id as key_id
     from marketplace_versions where id = $1 and release_payload is not null`,
    [versionId],
  )
  if (row === undefined) return null
  const { payload, signature, key_id: keyId } = row
  return { payloadType: RELEASE_PAYLOAD_TYPE, payload, signature, keyId }
}

/** Approved versions that nobody signed yet, in the order of their ids. */
export const findUnsignedVersions = async (
  db: Queryable,
  { after, limit }: { after: string; limit: number },
): Promise<VersionRecord[]> => {
  const rows = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM}
     where v.id > $1 and v.state = 'approved' and v.release_payload is null
     order by v.id limit $2`,
    [after, limit],
  )
  return rows.map(versionOf)
}

export const writeReleases = async (
  tx: Tx,
  signed: readonly { id: string; release: Envelope }[],
  signedAt: Date,
): Promise<void> => {
  await tx.query(
    `update marketplace_versions as v set release_payload = s.payload,
       release_signature = decode(s.signature, 'hex'), release_key_id = s.key_id, signed_at = $5
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
       as s (id, payload, signature, key_id)
     where v.id = s.id`,
    [
      signed.map(({ id }) => id),
      signed.map(({ release }) => release.payload),
      signed.map(({ release }) => Buffer.from(release.signature).toString('hex')),
      signed.map(({ release }) => release.keyId),
      signedAt,
    ],
  )
}
