import { channel } from 'node:diagnostics_channel'
import type { TenantId } from '@cadre/contract'

/** One statement, told in the turn of whoever issues it. */
export interface IssuedStatement {
  sql: string
  /** Null: as the platform, which sees all tenants. */
  tenantId: TenantId | null
}

/** Where every statement is told to whoever watches; costs nothing while nobody does. */
export const statementChannel = channel('cadre.db.statement')

export const tellStatement = (sql: string, tenantId: TenantId | null): void => {
  if (statementChannel.hasSubscribers)
    statementChannel.publish({ sql, tenantId } satisfies IssuedStatement)
}
