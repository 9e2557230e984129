import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { IS_DISABLED, PRINCIPAL_COLUMNS, principalOf, type PrincipalRow } from './principal-rows.ts'

export interface NewFamily {
  id: string
  /** With the scopes that its tokens are good for. */
  principal: Principal
  keyId: string | null
  now: Date
  expiresAt: Date
}

export const insertFamily = async (tx: Tx, family: NewFamily): Promise<void> => {
  const { principal } = family
  await tx.query(
    `insert into token_families
       (id, tenant_id, principal_id, api_key_id, scopes, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      family.id,
      principal.tenantId,
      principal.id,
      family.keyId,
      principal.scopes,
      family.now,
      family.expiresAt,
    ],
  )
}

export interface Family {
  id: string
  principal: Principal
  expiresAt: Date
}

interface FamilyRow extends PrincipalRow {
  family_id: string
  scopes: string[] | null
  expires_at: Date
}
const familyOf = (row: FamilyRow): Family => ({
  id: row.family_id,
  principal: principalOf(row, row.scopes),
  expiresAt: row.expires_at,
})

/** A family ends with the key that began it, and sleeps while its principal is disabled. */
const IS_GOOD = `f.revoked_at is null and f.expires_at > $2 and not ${IS_DISABLED}
  and (f.api_key_id is null or (k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)))`

export const findFamily = async (db: Queryable, id: string, now: Date): Promise<Family | null> => {
  const [row] = await db.query<FamilyRow>(
    `select ${PRINCIPAL_COLUMNS}, f.id as family_id, f.scopes, f.expires_at
     from token_families as f join principals as p on p.id = f.principal_id
     left join api_keys as k on k.id = f.api_key_id
     where f.id = $1::uuid and ${IS_GOOD}`,
    [id, now],
  )
  return row ? familyOf(row) : null
}

export interface ShownRefreshToken {
  family: Family
  usedAt: Date | null
  successorSalt: string | null
}

/** Locks the family, so that its tokens are shown one after the other. */
export const lockRefreshToken = async (
  tx: Tx,
  tokenSha256: string,
  now: Date,
): Promise<ShownRefreshToken | null> => {
  const [row] = await tx.query<FamilyRow & { used_at: Date | null; successor_salt: string | null }>(
    `select ${PRINCIPAL_COLUMNS}, f.id as family_id, f.scopes, f.expires_at,
       r.used_at, r.successor_salt
     from refresh_tokens as r join token_families as f on f.id = r.family_id
     join principals as p on p.id = f.principal_id
     left join api_keys as k on k.id = f.api_key_id
     where r.token_sha256 = $1 and ${IS_GOOD}
     for update of f, r`,
    [tokenSha256, now],
  )
  if (row === undefined) return null
  return { family: familyOf(row), usedAt: row.used_at, successorSalt: row.successor_salt }
}

export const insertRefreshToken = async (
  tx: Tx,
  { tokenSha256, family, now }: { tokenSha256: string; family: Family; now: Date },
): Promise<void> => {
  await tx.query(
    `insert into refresh_tokens (token_sha256, tenant_id, family_id, created_at)
     values ($1, $2, $3, $4)`,
    [tokenSha256, family.principal.tenantId, family.id, now],
  )
}

export const useRefreshToken = async (
  tx: Tx,
  used: { tokenSha256: string; now: Date; successorSalt: string },
): Promise<void> => {
  await tx.query(
    'update refresh_tokens set used_at = $2, successor_salt = $3 where token_sha256 = $1',
    [used.tokenSha256, used.now, used.successorSalt],
  )
}

/** Whether a refresh token was exchanged for another one already. */
export const isRefreshTokenUsed = async (tx: Tx, tokenSha256: string): Promise<boolean> => {
  const rows = await tx.query(
    'select 1 from refresh_tokens where token_sha256 = $1 and used_at is not null',
    [tokenSha256],
  )
  return rows.length > 0
}

/** Answers whose they were; null when it had ended before. */
export const revokeFamily = async (tx: Tx, id: string, now: Date): Promise<Principal | null> => {
  const [row] = await tx.query<PrincipalRow>(
    `update token_families as f set revoked_at = $2 from principals as p
     where f.id = $1::uuid and f.revoked_at is null and p.id = f.principal_id
     returning ${PRINCIPAL_COLUMNS}`,
    [id, now],
  )
  return row ? principalOf(row) : null
}

export const familyIdOf = async (tx: Tx, refreshTokenSha256: string): Promise<string | null> => {
  const [row] = await tx.query<{ family_id: string }>(
    'select family_id from refresh_tokens where token_sha256 = $1',
    [refreshTokenSha256],
  )
  return row?.family_id ?? null
}

export const revokeFamiliesOf = async (
  tx: Tx,
  principalIds: readonly string[],
  now: Date,
): Promise<void> => {
  await tx.query(
    `update token_families set revoked_at = $2
     where principal_id = any ($1::uuid[]) and revoked_at is null`,
    [principalIds, now],
  )
}

/** With their tokens; answers how many families went. */
export const deleteOldFamilies = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from token_families where id in (
       select id from token_families where expires_at < $1 limit $2) returning id`,
    [before, rowsMax],
  )
  return rows.length
}
