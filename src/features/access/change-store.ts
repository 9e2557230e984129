import type { TenantId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'

/** Tells every process, when the transaction commits, whose roles, grants or policies changed. */
export const AUTHORITY_CHANGED_CHANNEL = 'cadre_authority_changed'

export const noteAuthorityChange = async (tx: Tx, tenantId: TenantId): Promise<void> => {
  await tx.query(`select pg_notify('${AUTHORITY_CHANGED_CHANNEL}', $1)`, [tenantId])
}
