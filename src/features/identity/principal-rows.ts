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

/** Of a table `principals` called `p`: in the tenant, or as a user everywhere; one look-up each. */
export const IS_DISABLED = `(coalesce(p.disabled_at,
  (select d.disabled_at from users as d where d.id = p.user_id)) is not null)`

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
