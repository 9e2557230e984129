import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { IS_DISABLED, PRINCIPAL_COLUMNS, principalOf, type PrincipalRow } from './principal-rows.ts'
import type { User } from './user-store.ts'

export interface OidcSignIn {
  stateSha256: string
  browserSha256: string
  nonce: string
  codeVerifier: string
  returnTo: string
  expiresAt: Date
}

export const insertSignIn = async (db: Queryable, signIn: OidcSignIn): Promise<void> => {
  await db.query(
    `insert into oidc_sign_ins
       (state_sha256, browser_sha256, nonce, code_verifier, return_to, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      signIn.stateSha256,
      signIn.browserSha256,
      signIn.nonce,
      signIn.codeVerifier,
      signIn.returnTo,
      signIn.expiresAt,
    ],
  )
}

/** Once, and only by the browser that began it. */
export const takeSignIn = async (
  db: Queryable,
  { stateSha256, browserSha256 }: Pick<OidcSignIn, 'stateSha256' | 'browserSha256'>,
  now: Date,
): Promise<Pick<OidcSignIn, 'nonce' | 'codeVerifier' | 'returnTo'> | null> => {
  const [row] = await db.query<{ nonce: string; code_verifier: string; return_to: string }>(
    `delete from oidc_sign_ins
     where state_sha256 = $1 and browser_sha256 = $2 and expires_at > $3
     returning nonce, code_verifier, return_to`,
    [stateSha256, browserSha256, now],
  )
  if (row === undefined) return null
  return { nonce: row.nonce, codeVerifier: row.code_verifier, returnTo: row.return_to }
}

export const deleteOldSignIns = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from oidc_sign_ins where state_sha256 in (
       select state_sha256 from oidc_sign_ins where expires_at < $1 limit $2)
     returning state_sha256`,
    [before, rowsMax],
  )
  return rows.length
}

/** Who somebody is at an issuer. */
export interface OidcIdentity {
  issuer: string
  subject: string
}

export const findUserByIdentity = async (
  db: Queryable,
  { issuer, subject }: OidcIdentity,
): Promise<User | null> => {
  const [row] = await db.query<{ id: string; email: string; password_hash: string | null }>(
    `select u.id, u.email, u.password_hash from users as u
     join user_identities as i on i.user_id = u.id
     where i.issuer = $1 and i.subject = $2`,
    [issuer, subject],
  )
  return row ? { id: row.id, email: row.email, passwordHash: row.password_hash } : null
}

export const insertIdentity = async (
  tx: Tx,
  { issuer, subject, userId, now }: OidcIdentity & { userId: string; now: Date },
): Promise<void> => {
  await tx.query(
    `insert into user_identities (issuer, subject, user_id, created_at) values ($1, $2, $3, $4)
     on conflict (issuer, subject) do nothing`,
    [issuer, subject, userId, now],
  )
}

/** Null for nobody, or somebody who is disabled or no member of that tenant. */
export const findMemberByIdentity = async (
  db: Queryable,
  { issuer, subject }: OidcIdentity,
  tenantId: TenantId,
): Promise<Principal | null> => {
  const [row] = await db.query<PrincipalRow>(
    `select ${PRINCIPAL_COLUMNS} from user_identities as i
     join principals as p on p.user_id = i.user_id
     where i.issuer = $1 and i.subject = $2 and p.tenant_id = $3 and not ${IS_DISABLED}`,
    [issuer, subject, tenantId],
  )
  return row ? principalOf(row) : null
}
