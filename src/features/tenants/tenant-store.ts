import type { TenantId, TenantStatus } from '@cadre/contract'
import { KEYS_REVOKED_CHANNEL } from '#features/identity/index.ts'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { TENANTS_CHANNEL } from '#platform/tenants/inactive-tenant-store.ts'
import type { TenantRecord } from './tenant.ts'

interface TenantRow {
  id: string
  name: string
  display_name: string
  weight: number
  status: TenantStatus
  status_reason: string | null
  status_at: Date | null
  created_at: Date
}

const COLUMNS = `t.id, t.name, t.display_name, t.weight, t.status, t.status_reason, t.status_at,
  t.created_at`

const tenantOf = (row: TenantRow): TenantRecord => ({
  id: row.id as TenantId,
  name: row.name,
  displayName: row.display_name === '' ? row.name : row.display_name,
  weight: row.weight,
  status: row.status,
  statusReason: row.status_reason,
  statusAt: row.status_at,
  createdAt: row.created_at,
})

export const insertTenant = async (tx: Tx, tenant: TenantRecord): Promise<void> => {
  await tx.query(
    `insert into tenants (id, name, display_name, weight, status, created_at)
     values ($1, $2, $3, $4, 'active', $5)`,
    [tenant.id, tenant.name, tenant.displayName, tenant.weight, tenant.createdAt],
  )
}

export const findTenant = async (db: Queryable, id: TenantId): Promise<TenantRecord | null> => {
  const [row] = await db.query<TenantRow>(`select ${COLUMNS} from tenants as t where t.id = $1`, [
    id,
  ])
  return row === undefined ? null : tenantOf(row)
}

/** By name; one more than `limit` where there are more. */
export const listTenants = async (
  db: Queryable,
  { after, limit }: { after: string | null; limit: number },
): Promise<TenantRecord[]> => {
  const rows = await db.query<TenantRow>(
    `select ${COLUMNS} from tenants as t where t.name > $1 order by t.name limit $2`,
    [after ?? '', limit + 1],
  )
  return rows.map(tenantOf)
}

/** Nobody else changes it until the transaction ends. */
export const lockTenant = async (tx: Tx, id: TenantId): Promise<TenantRecord | null> => {
  const [row] = await tx.query<TenantRow>(
    `select ${COLUMNS} from tenants as t where t.id = $1 for update`,
    [id],
  )
  return row === undefined ? null : tenantOf(row)
}

/** Writes what may change, and tells every process. */
export const writeTenant = async (tx: Tx, tenant: TenantRecord): Promise<void> => {
  await tx.query(
    `update tenants set display_name = $2, weight = $3, status = $4, status_reason = $5,
       status_at = $6
     where id = $1
     returning (select pg_notify('${TENANTS_CHANNEL}', '')) as notified`,
    [
      tenant.id,
      tenant.displayName,
      tenant.weight,
      tenant.status,
      tenant.statusReason,
      tenant.statusAt,
    ],
  )
}

/** One tenant that is to be deleted, or null where there is none. */
export const findDeleting = async (db: Queryable): Promise<TenantRecord | null> => {
  const [row] = await db.query<TenantRow>(
    `select ${COLUMNS} from tenants as t where t.status = 'deleting' order by t.status_at limit 1`,
  )
  return row === undefined ? null : tenantOf(row)
}

/** False while another process deletes it, and when it is gone. */
export const lockDeleting = async (tx: Tx, id: TenantId): Promise<boolean> => {
  const rows = await tx.query(
    `select 1 from tenants where id = $1 and status = 'deleting' for update skip locked`,
    [id],
  )
  return rows.length > 0
}

/** Processes forget its keys before they forget that it is suspended. */
export const deleteTenantRow = async (tx: Tx, id: TenantId): Promise<void> => {
  await tx.query('delete from tenants where id = $1', [id])
  await tx.query(`select pg_notify('${KEYS_REVOKED_CHANNEL}', '')`)
  await tx.query(`select pg_notify('${TENANTS_CHANNEL}', '')`)
}
