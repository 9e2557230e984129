import type { Queryable, Tx } from '#platform/db/db.ts'
import type { RegistryKeyRecord } from './registry-key.ts'

interface KeyRow {
  id: string
  name: string
  public_key: Uint8Array
  private_key: string | null
  created_at: Date
  retired_at: Date | null
  revoked_at: Date | null
}

/** Told whenever a key comes, signs no more, or is trusted no more. */
export const REGISTRY_KEYS_CHANNEL = 'cadre_registry_keys'
/** More than these are not read. */
export const KEYS_MAX = 1_000

/** The newest first. */
export const readRegistryKeys = async (db: Queryable): Promise<RegistryKeyRecord[]> => {
  const rows = await db.query<KeyRow>(
    `select id, name, public_key, private_key, created_at, retired_at, revoked_at
     from registry_keys order by created_at desc, id limit ${KEYS_MAX}`,
  )
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    publicKey: row.public_key,
    sealedPrivateKey: row.private_key,
    createdAt: row.created_at,
    retiredAt: row.retired_at,
    revokedAt: row.revoked_at,
  }))
}

/** Whoever changes the keys does so alone; who reads them is not held up. */
export const lockRegistryKeys = async (tx: Tx): Promise<void> => {
  await tx.query('lock table registry_keys in share row exclusive mode')
}

export const insertRegistryKey = async (tx: Tx, key: RegistryKeyRecord): Promise<void> => {
  await tx.query(
    `insert into registry_keys (id, name, public_key, private_key, created_at)
     values ($1, $2, $3, $4, $5)`,
    [key.id, key.name, key.publicKey, key.sealedPrivateKey, key.createdAt],
  )
  tx.notify(REGISTRY_KEYS_CHANNEL)
}

export const writeRegistryKey = async (tx: Tx, key: RegistryKeyRecord): Promise<void> => {
  await tx.query(
    `update registry_keys set private_key = $2, retired_at = $3, revoked_at = $4 where id = $1`,
    [key.id, key.sealedPrivateKey, key.retiredAt, key.revokedAt],
  )
  tx.notify(REGISTRY_KEYS_CHANNEL)
}
