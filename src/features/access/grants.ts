import type { ResourceType, TenantId } from '@cadre/contract'
import { actionsOf, type Action } from './actions.ts'
import { keyOf, type Resource } from './resource.ts'

/** A right on one object and on what belongs to it, for one principal or all who have a role. */
export interface GrantRecord {
  id: string
  tenantId: TenantId
  principalId: string | null
  role: string | null
  actions: readonly string[]
  resource: { type: ResourceType; id: string }
  /** Null: until it is withdrawn. */
  expiresAt: Date | null
  reason: string
  createdBy: string
  createdByName: string
  createdAt: Date
}

interface LiveUntil {
  grant: GrantRecord
  untilMs: number
}

/** What one principal was granted, by action and object. */
export interface CompiledGrants {
  byAction: ReadonlyMap<Action, ReadonlyMap<string, readonly LiveUntil[]>>
}

/** Null where there are none, so that asking costs nothing. */
export const compileGrants = (grants: readonly GrantRecord[]): CompiledGrants | null => {
  if (grants.length === 0) return null
  const byAction = new Map<Action, Map<string, LiveUntil[]>>()
  for (const grant of grants)
    for (const action of actionsOf(grant.actions)) {
      const objects = byAction.get(action) ?? new Map<string, LiveUntil[]>()
      byAction.set(action, objects)
      const key = keyOf(grant.resource)
      const untilMs = grant.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
      objects.set(key, [...(objects.get(key) ?? []), { grant, untilMs }])
    }
  return { byAction }
}

/** The grant that permits this now, if any. */
export const grantFor = (
  grants: CompiledGrants | null,
  action: Action,
  resource: Resource,
  nowMs: number,
): GrantRecord | null => {
  const objects = grants?.byAction.get(action)
  if (objects === undefined) return null
  for (const entity of [resource, ...resource.parents]) {
    const live = objects.get(keyOf(entity))?.find(({ untilMs }) => untilMs > nowMs)
    if (live !== undefined) return live.grant
  }
  return null
}

/** Whether anything at all is granted for an action now. */
export const hasGrantFor = (
  grants: CompiledGrants | null,
  action: Action,
  nowMs: number,
): boolean => {
  const objects = grants?.byAction.get(action)
  if (objects === undefined) return false
  for (const live of objects.values()) if (live.some(({ untilMs }) => untilMs > nowMs)) return true
  return false
}
