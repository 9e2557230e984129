import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'

/** A key as it is listed: everything but the key. */
export interface KeyRecord {
  id: string
  prefix: string
  label: string
  owner: Pick<Principal, 'id' | 'name' | 'role' | 'kind'>
  scopes: string[] | null
  expiresAt: Date | null
  lastUsedAt: Date | null
  createdByName: string | null
  createdAt: Date
}

interface KeyRow {
  id: string
  prefix: string
  label: string
  principal_id: string
  principal_name: string
  principal_role: string
  principal_kind: Principal['kind']
  scopes: string[] | null
  expires_at: Date | null
  last_used_at: Date | null
  created_by_name: string | null
  created_at: Date
}

const COLUMNS = `k.id, k.prefix, k.label, k.principal_id, p.name as principal_name,
  p.role as principal_role, p.kind as principal_kind, k.scopes, k.expires_at, k.last_used_at,
  k.created_by_name, k.created_at`

const keyOf = (row: KeyRow): KeyRecord => ({
  id: row.id,
  prefix: row.prefix,
  label: row.label,
  owner: {
    id: row.principal_id,
    name: row.principal_name,
    role: row.principal_role,
    kind: row.principal_kind,
  },
  scopes: row.scopes,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  createdByName: row.created_by_name,
  createdAt: row.created_at,
})

/** Those that were not revoked. @param principalId null lists all of the tenant's */
export const listKeys = async (
  db: Queryable,
  { tenantId, principalId }: { tenantId: TenantId; principalId: string | null },
  { limit, after }: { limit: number; after: readonly [string] | null },
): Promise<KeyRecord[]> => {
  const ofOne = principalId === null ? '' : 'and k.principal_id = $4::uuid'
  const rows = await db.query<KeyRow>(
    `select ${COLUMNS} from api_keys as k join principals as p on p.id = k.principal_id
     where k.tenant_id = $1 and k.revoked_at is null and ($2::uuid is null or k.id < $2::uuid)
       ${ofOne}
     order by k.id desc limit $3`,
    [tenantId, after?.[0] ?? null, limit + 1, ...(principalId === null ? [] : [principalId])],
  )
  return rows.map(keyOf)
}

export const findKey = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<KeyRecord | null> => {
  const [row] = await db.query<KeyRow>(
    `select ${COLUMNS} from api_keys as k join principals as p on p.id = k.principal_id
     where k.tenant_id = $1 and k.id = $2::uuid and k.revoked_at is null`,
    [tenantId, id],
  )
  return row ? keyOf(row) : null
}

/** False when it was revoked meanwhile. */
export const revokeKey = async (tx: Tx, id: string, now: Date): Promise<boolean> => {
  const rows = await tx.query(
    'update api_keys set revoked_at = $2 where id = $1 and revoked_at is null returning id',
    [id, now],
  )
  return rows.length > 0
}

/** Never later than it does already. */
export const expireKey = async (tx: Tx, id: string, expiresAt: Date): Promise<boolean> => {
  const rows = await tx.query(
    `update api_keys set expires_at = least(expires_at, $2::timestamptz)
     where id = $1 and revoked_at is null returning id`,
    [id, expiresAt],
  )
  return rows.length > 0
}

/** Revoked ones and expired ones are of no use to anybody, and their prefixes are in the audit log. */
export const deleteOldKeys = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from api_keys where id in (
       select id from api_keys where expires_at < $1 limit $2) returning id`,
    [before, rowsMax],
  )
  return rows.length
}
