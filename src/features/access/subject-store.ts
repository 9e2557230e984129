import type { TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'

// Principals are kept by another room, which builds upon this one; they are only read here.

interface SubjectRow {
  id: string
  tenant_id: string
  kind: Principal['kind']
  name: string
  role: string
}

const principalOf = (row: SubjectRow): Principal => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  kind: row.kind,
  name: row.name,
  role: row.role,
  scopes: null,
})

/** Somebody of the tenant, without a credential that would narrow what it may do. */
export const findPrincipal = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<Principal | null> => {
  const [row] = await db.query<SubjectRow>(
    'select id, tenant_id, kind, name, role from principals where tenant_id = $1 and id = $2',
    [tenantId, id],
  )
  return row ? principalOf(row) : null
}

/** Those who have a role, the oldest first. */
export const principalsWithRole = async (
  db: Queryable,
  tenantId: TenantId,
  role: string,
  limit: number,
): Promise<Principal[]> => {
  const rows = await db.query<SubjectRow>(
    `select id, tenant_id, kind, name, role from principals
     where tenant_id = $1 and role = $2 order by id limit $3`,
    [tenantId, role, limit],
  )
  return rows.map(principalOf)
}
