import type { TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'

interface PrincipalRow {
  id: string
  tenant_id: string
  kind: Principal['kind']
  name: string
  role: Principal['role']
}

const principalOf = (row: PrincipalRow): Principal => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  kind: row.kind,
  name: row.name,
  role: row.role,
  scopes: null,
})

export const insertTenant = async (
  db: Queryable,
  tenant: { id: string; name: string; now: Date },
) => {
  await db.query(
    'insert into tenants (id, name, created_at) values ($1, $2, $3) on conflict (name) do nothing',
    [tenant.id, tenant.name, tenant.now],
  )
}

export const findTenantByName = async (db: Queryable, name: string): Promise<TenantId | null> => {
  const [row] = await db.query<{ id: string }>('select id from tenants where name = $1', [name])
  return row ? (row.id as TenantId) : null
}

export const insertPrincipal = async (db: Queryable, principal: Principal, now: Date) => {
  await db.query(
    `insert into principals (id, tenant_id, kind, name, role, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [principal.id, principal.tenantId, principal.kind, principal.name, principal.role, now],
  )
}

export const findPrincipalByName = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<Principal | null> => {
  const [row] = await db.query<PrincipalRow>(
    `select id, tenant_id, kind, name, role from principals
     where tenant_id = $1 and name = $2 and kind <> 'agent' order by created_at limit 1`,
    [tenantId, name],
  )
  return row ? principalOf(row) : null
}

export interface KeyRow {
  id: string
  tenantId: TenantId
  principalId: string
  prefix: string
  sha256: string
  label: string
  now: Date
}

/** Idempotent by the key itself, answers if it is new; a key that was revoked stays revoked. */
export const insertKey = async (db: Queryable, key: KeyRow): Promise<boolean> => {
  const rows = await db.query(
    `insert into api_keys (id, tenant_id, principal_id, prefix, secret_sha256, label, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (secret_sha256) do nothing
     returning id`,
    [key.id, key.tenantId, key.principalId, key.prefix, key.sha256, key.label, key.now],
  )
  return rows.length > 0
}

export const hasKey = async (db: Queryable, principalId: string): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from api_keys where principal_id = $1 and revoked_at is null limit 1',
    [principalId],
  )
  return rows.length > 0
}

/** Told to every process when the transaction commits. */
export const KEYS_REVOKED_CHANNEL = 'cadre_keys_revoked'

export interface RevokedKey {
  id: string
  tenantId: TenantId
  prefix: string
}

export const revokeKeys = async (
  db: Queryable,
  keys: { principalId: string; label: string; now: Date },
): Promise<RevokedKey[]> => {
  const rows = await db.query<{ id: string; tenant_id: string; prefix: string }>(
    `with revoked as (
       update api_keys set revoked_at = $3
       where principal_id = $1 and label = $2 and revoked_at is null
       returning id, tenant_id, prefix)
     select id, tenant_id, prefix, pg_notify('${KEYS_REVOKED_CHANNEL}', '') from revoked`,
    [keys.principalId, keys.label, keys.now],
  )
  return rows.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    prefix: row.prefix,
  }))
}

export interface KeyHolder {
  keyId: string
  principal: Principal
}

export const findByKeyHash = async (db: Queryable, sha256: string): Promise<KeyHolder | null> => {
  const [row] = await db.query<PrincipalRow & { key_id: string }>(
    `select k.id as key_id, p.id, p.tenant_id, p.kind, p.name, p.role
     from api_keys as k join principals as p on p.id = k.principal_id
     where k.secret_sha256 = $1 and k.revoked_at is null`,
    [sha256],
  )
  return row ? { keyId: row.key_id, principal: principalOf(row) } : null
}

export interface SessionRow {
  tokenSha256: string
  holder: KeyHolder
  now: Date
  expiresAt: Date
}

export const insertSession = async (db: Queryable, session: SessionRow) => {
  const { principal, keyId } = session.holder
  await db.query(
    `insert into sessions
       (token_sha256, tenant_id, principal_id, api_key_id, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [session.tokenSha256, principal.tenantId, principal.id, keyId, session.now, session.expiresAt],
  )
}

/** A session ends with its key. */
export const findBySession = async (
  db: Queryable,
  tokenSha256: string,
  now: Date,
): Promise<Principal | null> => {
  const [row] = await db.query<PrincipalRow>(
    `select p.id, p.tenant_id, p.kind, p.name, p.role
     from sessions as s
     join principals as p on p.id = s.principal_id
     join api_keys as k on k.id = s.api_key_id and k.revoked_at is null
     where s.token_sha256 = $1 and s.expires_at > $2`,
    [tokenSha256, now],
  )
  return row ? principalOf(row) : null
}

/** Answers whose it was; null when it had ended before. */
export const deleteSession = async (
  db: Queryable,
  tokenSha256: string,
): Promise<Principal | null> => {
  const [row] = await db.query<PrincipalRow>(
    `delete from sessions as s using principals as p
     where s.token_sha256 = $1 and p.id = s.principal_id
     returning p.id, p.tenant_id, p.kind, p.name, p.role`,
    [tokenSha256],
  )
  return row ? principalOf(row) : null
}

export const deleteExpiredSessions = async (db: Queryable, now: Date) => {
  await db.query('delete from sessions where expires_at <= $1', [now])
}
