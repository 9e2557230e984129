import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { IS_DISABLED, PRINCIPAL_COLUMNS, principalOf, type PrincipalRow } from './principal-rows.ts'

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

/**
 * @param userId whose member it is
 * @throws ConstraintError `principals_member_once` or `principals_service_once`
 */
export const insertPrincipal = async (
  db: Queryable,
  principal: Principal,
  now: Date,
  userId: string | null = null,
) => {
  await db.query(
    `insert into principals (id, tenant_id, kind, name, role, user_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [principal.id, principal.tenantId, principal.kind, principal.name, principal.role, userId, now],
  )
}

export const findPrincipalByName = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<Principal | null> => {
  const [row] = await db.query<PrincipalRow>(
    `select ${PRINCIPAL_COLUMNS} from principals as p
     where tenant_id = $1 and name = $2 and kind <> 'agent' and user_id is null
     order by created_at limit 1`,
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
  /** Null: whatever the role permits. */
  scopes?: readonly string[] | null
  /** Null: never. */
  expiresAt?: Date | null
  /** Null: Cadre itself. */
  createdBy?: Pick<Principal, 'id' | 'name'> | null
  now: Date
}

/** Idempotent by the key itself, answers if it is new; a key that was revoked stays revoked. */
export const insertKey = async (db: Queryable, key: KeyRow): Promise<boolean> => {
  const rows = await db.query(
    `insert into api_keys (id, tenant_id, principal_id, prefix, secret_sha256, label, created_at,
       scopes, expires_at, created_by, created_by_name)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (secret_sha256) do nothing
     returning id`,
    [
      key.id,
      key.tenantId,
      key.principalId,
      key.prefix,
      key.sha256,
      key.label,
      key.now,
      key.scopes ?? null,
      key.expiresAt ?? null,
      key.createdBy?.id ?? null,
      key.createdBy?.name ?? null,
    ],
  )
  return rows.length > 0
}

/** False for who has a key that was not revoked, and for who is disabled and may use none. */
export const needsKey = async (db: Queryable, principalId: string): Promise<boolean> => {
  const rows = await db.query(
    `select 1 from principals as p where p.id = $1 and p.disabled_at is null and not exists (
       select 1 from api_keys as k where k.principal_id = p.id and k.revoked_at is null)`,
    [principalId],
  )
  return rows.length > 0
}

/** Told to every process when the transaction commits: who somebody is must be looked up anew. */
export const KEYS_REVOKED_CHANNEL = 'cadre_keys_revoked'

export const tellPrincipalsChanged = async (tx: Tx): Promise<void> => {
  await tx.query(`select pg_notify('${KEYS_REVOKED_CHANNEL}', '')`)
}

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
  /** Null: never. */
  expiresAt: Date | null
  isDisabled: boolean
}

export const findByKeyHash = async (db: Queryable, sha256: string): Promise<KeyHolder | null> => {
  const [row] = await db.query<
    PrincipalRow & {
      key_id: string
      scopes: string[] | null
      expires_at: Date | null
      is_disabled: boolean
    }
  >(
    `select k.id as key_id, k.scopes, k.expires_at, ${IS_DISABLED} as is_disabled,
       ${PRINCIPAL_COLUMNS}
     from api_keys as k join principals as p on p.id = k.principal_id
     where k.secret_sha256 = $1 and k.revoked_at is null`,
    [sha256],
  )
  if (row === undefined) return null
  return {
    keyId: row.key_id,
    principal: principalOf(row, row.scopes),
    expiresAt: row.expires_at,
    isDisabled: row.is_disabled,
  }
}

/** Notes when credentials were last used, never backwards. */
export const noteUse = async (
  db: Queryable,
  kind: 'key' | 'session',
  uses: readonly { id: string; at: Date }[],
): Promise<void> => {
  const [table, column] =
    kind === 'key' ? ['api_keys', 'last_used_at'] : ['sessions', 'last_seen_at']
  await db.query(
    `update ${table} as c set ${column} = greatest(c.${column}, u.at)
     from unnest($1::uuid[], $2::timestamptz[]) as u (id, at) where c.id = u.id`,
    [uses.map(({ id }) => id), uses.map(({ at }) => at)],
  )
}
