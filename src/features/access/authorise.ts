import { BUILT_IN_ROLES, type BuiltInRole } from '@cadre/contract'
import type { Principal } from '#platform/web/context.ts'
import { AppError } from '#platform/errors.ts'
import { ACTIONS, BUILT_IN_PERMISSIONS, type Action } from './actions.ts'
import { areScopesCovering } from './scopes.ts'

/** The object at stake. Left out for actions on no object in particular. */
export interface Resource {
  /** Agents that the object belongs to: an agent principal may touch nobody else's. */
  agentIds: readonly (string | null)[]
}

/**
 * The one decision point. Tenancy is not decided here: objects of another tenant are never found.
 * @throws AppError `access.forbidden`
 */
export const authorise = (principal: Principal, action: Action, resource?: Resource): void => {
  if (!isPermitted(principal, action, resource)) throw forbidden(principal, action)
}

export const isPermitted = (principal: Principal, action: Action, resource?: Resource): boolean => {
  if (!isBuiltIn(principal.role) || !BUILT_IN_PERMISSIONS[principal.role].has(action)) return false
  if (!areScopesCovering(principal.scopes, action)) return false
  if (principal.role !== 'agent' || resource === undefined) return true
  return resource.agentIds.includes(principal.id)
}

/** What a role permits; nothing where there is no such role. */
export const permissionsOf = (role: string): Action[] =>
  isBuiltIn(role) ? [...BUILT_IN_PERMISSIONS[role]] : []

const isBuiltIn = (role: string): role is BuiltInRole =>
  (BUILT_IN_ROLES as readonly string[]).includes(role)

const forbidden = (principal: Principal, action: Action) =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action,
    publicMessage: `The role ${principal.role} does not permit ${action} here.`,
  })

/** What the principal may do to some object at least. */
export const permittedActions = (principal: Principal): Action[] =>
  ACTIONS.filter((action) => isPermitted(principal, action))
