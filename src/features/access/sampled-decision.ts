import type { TenantId } from '@cadre/contract'
import type { Principal } from '#platform/web/context.ts'
import type { Action } from './actions.ts'
import type { Circumstances } from './policy-engine.ts'
import type { Resource } from './resource.ts'

/** A decision as it can be made again. */
export interface SampledDecision {
  id: string
  tenantId: TenantId
  at: Date
  principal: Pick<Principal, 'id' | 'name' | 'kind' | 'role' | 'scopes'>
  action: Action
  /** Null: no object in particular. */
  resource: Resource | null
  circumstances: Circumstances
}
