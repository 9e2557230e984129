import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { IS_DISABLED, PRINCIPAL_COLUMNS, principalOf, type PrincipalRow } from './principal-rows.ts'

export interface User {
  id: string
  email: string
  passwordHash: string | null
}

interface UserRow {
  id: string
  email: string
  password_hash: string | null
}
const userOf = (row: UserRow): User => ({
  id: row.id,
  email: row.email,
  passwordHash: row.password_hash,
})

/** @throws ConstraintError `users_email_once` */
export const insertUser = async (tx: Tx, user: User, now: Date): Promise<void> => {
  await tx.query(
    `insert into users (id, email, password_hash, password_changed_at, created_at)
     values ($1, $2, $3, case when $3::text is null then null else $4::timestamptz end, $4)`,
    [user.id, user.email, user.passwordHash, now],
  )
}

/** @param email in lower case */
export const findUserByEmail = async (db: Queryable, email: string): Promise<User | null> => {
  const [row] = await db.query<UserRow>(
    'select id, email, password_hash from users where email = $1',
    [email],
  )
  return row ? userOf(row) : null
}

/** Whose member a principal is; null for one that has keys only. */
export const findUserOf = async (db: Queryable, principalId: string): Promise<User | null> => {
  const [row] = await db.query<UserRow>(
    `select u.id, u.email, u.password_hash from users as u
     join principals as p on p.user_id = u.id where p.id = $1`,
    [principalId],
  )
  return row ? userOf(row) : null
}

export const findUserById = async (db: Queryable, id: string): Promise<User | null> => {
  const [row] = await db.query<UserRow>(
    'select id, email, password_hash from users where id = $1',
    [id],
  )
  return row ? userOf(row) : null
}

/** A user, as administrators see it. */
export interface UserAccount {
  id: string
  email: string
  isDisabled: boolean
  lastSignInAt: Date | null
  createdAt: Date
}

/** @param reference id, or e-mail address in lower case */
export const findUserAccount = async (
  db: Queryable,
  reference: string,
): Promise<UserAccount | null> => {
  const [row] = await db.query<{
    id: string
    email: string
    disabled_at: Date | null
    last_sign_in_at: Date | null
    created_at: Date
  }>(
    `select id, email, disabled_at, last_sign_in_at, created_at from users
     where id = $1::uuid or email = $2`,
    [UUID.test(reference) ? reference : null, reference],
  )
  if (row === undefined) return null
  return {
    id: row.id,
    email: row.email,
    isDisabled: row.disabled_at !== null,
    lastSignInAt: row.last_sign_in_at,
    createdAt: row.created_at,
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const setUserDisabled = async (
  tx: Tx,
  userId: string,
  disabledAt: Date | null,
): Promise<void> => {
  await tx.query('update users set disabled_at = $2 where id = $1', [userId, disabledAt])
}

export interface Membership {
  principal: Principal
  tenantName: string
  isDisabled: boolean
}

const MEMBERSHIPS_MAX = 1_000

/** Everywhere, by the names of the tenants. */
export const membershipsOf = async (db: Queryable, userId: string): Promise<Membership[]> => {
  const rows = await db.query<PrincipalRow & { tenant_name: string; is_disabled: boolean }>(
    `select ${PRINCIPAL_COLUMNS}, t.name as tenant_name, ${IS_DISABLED} as is_disabled
     from principals as p join tenants as t on t.id = p.tenant_id
     where p.user_id = $1 order by t.name limit ${MEMBERSHIPS_MAX}`,
    [userId],
  )
  return rows.map((row) => ({
    principal: principalOf(row),
    tenantName: row.tenant_name,
    isDisabled: row.is_disabled,
  }))
}

export const setPassword = async (
  tx: Tx,
  { userId, passwordHash, now }: { userId: string; passwordHash: string; now: Date },
): Promise<void> => {
  await tx.query('update users set password_hash = $2, password_changed_at = $3 where id = $1', [
    userId,
    passwordHash,
    now,
  ])
}

export const noteSignIn = async (tx: Tx, userId: string, now: Date): Promise<void> => {
  await tx.query('update users set last_sign_in_at = $2 where id = $1', [userId, now])
}

/** Where nobody is this user any more. */
export const deleteUserWithoutMembers = async (tx: Tx, userId: string): Promise<void> => {
  await tx.query(
    `delete from users where id = $1
       and not exists (select 1 from principals where user_id = $1)`,
    [userId],
  )
}

export interface PasswordReset {
  userId: string
  tenantId: string
  tokenSha256: string
  now: Date
  expiresAt: Date
}

/** Takes the place of one that was there for the user. */
export const putPasswordReset = async (tx: Tx, reset: PasswordReset): Promise<void> => {
  await tx.query(
    `insert into password_resets (user_id, tenant_id, token_sha256, created_at, expires_at)
     values ($1, $2, $3, $4, $5)
     on conflict (user_id) do update set tenant_id = excluded.tenant_id,
       token_sha256 = excluded.token_sha256, created_at = excluded.created_at,
       expires_at = excluded.expires_at`,
    [reset.userId, reset.tenantId, reset.tokenSha256, reset.now, reset.expiresAt],
  )
}

export const isResetPending = async (
  db: Queryable,
  tokenSha256: string,
  now: Date,
): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from password_resets where token_sha256 = $1 and expires_at > $2',
    [tokenSha256, now],
  )
  return rows.length > 0
}

/** A link is good once. */
export const takePasswordReset = async (
  tx: Tx,
  tokenSha256: string,
  now: Date,
): Promise<{ userId: string; tenantId: string } | null> => {
  const [row] = await tx.query<{ user_id: string; tenant_id: string }>(
    `delete from password_resets where token_sha256 = $1 and expires_at > $2
     returning user_id, tenant_id`,
    [tokenSha256, now],
  )
  return row ? { userId: row.user_id, tenantId: row.tenant_id } : null
}

/** What a password that is found out must not leave behind: the links made before. */
export const deletePasswordReset = async (tx: Tx, userId: string): Promise<void> => {
  await tx.query('delete from password_resets where user_id = $1', [userId])
}

export const deleteOldResets = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from password_resets where user_id in (
       select user_id from password_resets where expires_at < $1 limit $2) returning user_id`,
    [before, rowsMax],
  )
  return rows.length
}
