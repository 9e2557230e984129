import type { TenantId } from '@cadre/contract'
import type { Principal } from '#platform/web/context.ts'

export interface PrincipalRow {
  id: string
  tenant_id: string
  kind: Principal['kind']
  name: string
  role: Principal['role']
}

/** Of a table `principals` called `p`. */
export const PRINCIPAL_COLUMNS = 'p.id, p.tenant_id, p.kind, p.name, p.role'

/** @param scopes of what was shown to be this principal; null narrows nothing */
export const principalOf = (
  row: PrincipalRow,
  scopes: readonly string[] | null = null,
): Principal => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  kind: row.kind,
  name: row.name,
  role: row.role,
  scopes,
})
