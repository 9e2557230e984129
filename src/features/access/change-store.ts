import type { TenantId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'

/** Tells every process, when the transaction commits, whose roles, grants or policies changed. */
export const AUTHORITY_CHANGED_CHANNEL = 'cadre_authority_changed'

export const noteAuthorityChange = (tx: Tx, tenantId: TenantId): void =>
  tx.notify(AUTHORITY_CHANGED_CHANNEL, tenantId)
