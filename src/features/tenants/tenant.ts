import type { TenantId, TenantStatus } from '@cadre/contract'

/** A customer, as its row says. */
export interface TenantRecord {
  id: TenantId
  /** Never changes. */
  name: string
  displayName: string
  weight: number
  status: TenantStatus
  statusReason: string | null
  statusAt: Date | null
  createdAt: Date
}
