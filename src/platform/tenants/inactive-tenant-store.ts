import type { TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'

/** Says that a tenant was suspended or resumed, or is being deleted. */
export const TENANTS_CHANNEL = 'cadre_tenants'

/** Tenants that begin nothing: they are suspended, or being deleted. */
export const findInactiveTenants = async (db: Queryable): Promise<TenantId[]> => {
  const rows = await db.query<{ id: string }>(`select id from tenants where status <> 'active'`)
  return rows.map((row) => row.id as TenantId)
}
