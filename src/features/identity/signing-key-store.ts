import type { JsonWebKeySet } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

export type PublicJwk = JsonWebKeySet['keys'][number]
export type PrivateJwk = PublicJwk & { d: string }

export interface SigningKey {
  id: string
  privateJwk: PrivateJwk
  publicJwk: PublicJwk
  activeAt: Date
}

/** As it is stored: the private key sealed, or plain where nothing is sealed. */
export interface StoredSigningKey extends Omit<SigningKey, 'privateJwk'> {
  privateJwk: string | PrivateJwk
}

/** Told when there is another one, or one less. */
export const SIGNING_KEYS_CHANNEL = 'cadre_signing_keys'
const KEYS_MAX = 100

/** The oldest first. */
export const readSigningKeys = async (db: Queryable): Promise<StoredSigningKey[]> => {
  const rows = await db.query<{
    id: string
    private_jwk: string | PrivateJwk
    public_jwk: PublicJwk
    active_at: Date
  }>(
    `select id, private_jwk, public_jwk, active_at from signing_keys
     order by active_at limit ${KEYS_MAX}`,
  )
  return rows.map((row) => ({
    id: row.id,
    privateJwk: row.private_jwk,
    publicJwk: row.public_jwk,
    activeAt: row.active_at,
  }))
}

/** Whoever changes the keys does so alone; who reads them is not held up. */
export const lockSigningKeys = async (tx: Tx): Promise<void> => {
  await tx.query('lock table signing_keys in share row exclusive mode')
}

export const insertSigningKey = async (tx: Tx, key: StoredSigningKey, now: Date): Promise<void> => {
  await tx.query(
    `insert into signing_keys (id, private_jwk, public_jwk, created_at, active_at)
     values ($1, $2, $3, $4, $5)`,
    [key.id, JSON.stringify(key.privateJwk), JSON.stringify(key.publicJwk), now, key.activeAt],
  )
  await tx.query(`select pg_notify('${SIGNING_KEYS_CHANNEL}', '')`)
}

export const writePrivateJwk = async (
  tx: Tx,
  { id, privateJwk }: Pick<StoredSigningKey, 'id' | 'privateJwk'>,
): Promise<void> => {
  await tx.query('update signing_keys set private_jwk = $2 where id = $1', [
    id,
    JSON.stringify(privateJwk),
  ])
}

export const deleteSigningKeys = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  await tx.query('delete from signing_keys where id = any ($1::text[])', [ids])
  await tx.query(`select pg_notify('${SIGNING_KEYS_CHANNEL}', '')`)
}
