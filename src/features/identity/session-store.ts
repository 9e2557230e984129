import type { Session } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { PRINCIPAL_COLUMNS, principalOf, type PrincipalRow } from './principal-rows.ts'

export interface NewSession {
  id: string
  tokenSha256: string
  principal: Principal
  /** With which it ends; null where no key began it. */
  keyId: string | null
  method: Session['method']
  ip: string | null
  userAgent: string | null
  now: Date
  expiresAt: Date
}

export const insertSession = async (tx: Tx, session: NewSession): Promise<void> => {
  const { principal } = session
  await tx.query(
    `insert into sessions (token_sha256, id, tenant_id, principal_id, api_key_id, method, scopes,
       ip, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)`,
    [
      session.tokenSha256,
      session.id,
      principal.tenantId,
      principal.id,
      session.keyId,
      session.method,
      principal.scopes,
      session.ip,
      session.userAgent,
      session.now,
      session.expiresAt,
    ],
  )
}

export interface SessionTimes {
  now: Date
  /** One that was not used since has ended. */
  idleSince: Date
}

/** A session ends with its key, and sleeps while its principal is disabled. */
export const findBySession = async (
  db: Queryable,
  tokenSha256: string,
  { now, idleSince }: SessionTimes,
): Promise<{ id: string; principal: Principal } | null> => {
  const [row] = await db.query<PrincipalRow & { session_id: string; scopes: string[] | null }>(
    `select ${PRINCIPAL_COLUMNS}, s.id as session_id, s.scopes
     from sessions as s
     join principals as p on p.id = s.principal_id and p.disabled_at is null
     left join api_keys as k on k.id = s.api_key_id
     where s.token_sha256 = $1 and s.expires_at > $2 and s.last_seen_at > $3
       and (s.api_key_id is null
         or (k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)))`,
    [tokenSha256, now, idleSince],
  )
  return row ? { id: row.session_id, principal: principalOf(row, row.scopes) } : null
}

export interface SessionRecord {
  id: string
  tokenSha256: string
  method: Session['method']
  ip: string | null
  userAgent: string | null
  createdAt: Date
  lastSeenAt: Date
  expiresAt: Date
}

interface SessionRow {
  id: string
  token_sha256: string
  method: Session['method']
  ip: string | null
  user_agent: string | null
  created_at: Date
  last_seen_at: Date
  expires_at: Date
}

export const listSessions = async (
  db: Queryable,
  principal: Principal,
  page: SessionTimes & { limit: number; after: readonly [string] | null },
): Promise<SessionRecord[]> => {
  const rows = await db.query<SessionRow>(
    `select id, token_sha256, method, ip, user_agent, created_at, last_seen_at, expires_at
     from sessions
     where principal_id = $1 and expires_at > $2 and last_seen_at > $3
       and ($4::uuid is null or id < $4::uuid)
     order by id desc limit $5`,
    [principal.id, page.now, page.idleSince, page.after?.[0] ?? null, page.limit + 1],
  )
  return rows.map((row) => ({
    id: row.id,
    tokenSha256: row.token_sha256,
    method: row.method,
    ip: row.ip,
    userAgent: row.user_agent,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  }))
}

/** Answers whose it was and how they had signed in; null when it had ended before. */
export const deleteByToken = async (
  tx: Tx,
  tokenSha256: string,
): Promise<{ principal: Principal; method: Session['method'] } | null> => {
  const [row] = await tx.query<PrincipalRow & { method: Session['method'] }>(
    `delete from sessions as s using principals as p
     where s.token_sha256 = $1 and p.id = s.principal_id
     returning ${PRINCIPAL_COLUMNS}, s.method`,
    [tokenSha256],
  )
  return row ? { principal: principalOf(row), method: row.method } : null
}

export const deleteOwnSession = async (
  tx: Tx,
  principal: Principal,
  id: string,
): Promise<boolean> => {
  const rows = await tx.query(
    'delete from sessions where principal_id = $1 and id = $2::uuid returning id',
    [principal.id, id],
  )
  return rows.length > 0
}

/** @param exceptToken null ends all. Answers how many there were. */
export const deleteSessionsOf = async (
  tx: Tx,
  principalIds: readonly string[],
  exceptToken: string | null,
): Promise<number> => {
  const rows = await tx.query(
    `delete from sessions where principal_id = any ($1::uuid[])
       and ($2::text is null or token_sha256 <> $2) returning id`,
    [principalIds, exceptToken],
  )
  return rows.length
}

/** Some of those that ended before a moment; answers how many went. */
export const deleteEndedSessions = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from sessions where token_sha256 in (
       select token_sha256 from sessions where expires_at < $1 limit $2) returning id`,
    [before, rowsMax],
  )
  return rows.length
}
