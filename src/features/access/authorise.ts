import { BUILT_IN_ROLES, type BuiltInRole } from '@cadre/contract'
import type { Principal } from '#platform/web/context.ts'
import { AppError } from '#platform/errors.ts'

const READ = [
  'task.read',
  'workflow.read',
  'agent.read',
  'event.read',
  'system.read',
  'quarantine.read',
  'schedule.read',
  'queue.read',
  'run.read',
  'webhook.read',
  'marketplace.read',
] as const
const WORK = [
  'task.create',
  'task.execute',
  'task.cancel',
  'agent.publish',
  'workflow.publish',
  'quarantine.redrive',
  'schedule.manage',
  'run.start',
  'webhook.manage',
  'run.control',
  'run.signal',
  'run.approve',
  'marketplace.rate',
] as const
const MANAGE = [
  'workflow.delete',
  'agent.manage',
  'agent.issue_key',
  'quarantine.purge',
  'queue.manage',
  'run.decide',
  'audit.read',
  'marketplace.publish',
  'marketplace.review',
] as const
/** What touches other tenants as well. */
const GOVERN = ['queue.manage_shared', 'circuit.reset'] as const
/** What an agent does to the work that it holds, and to nothing else. */
const SERVE = ['task.read', 'task.report', 'agent.serve'] as const

export type Action =
  | (typeof READ)[number]
  | (typeof WORK)[number]
  | (typeof MANAGE)[number]
  | (typeof GOVERN)[number]
  | (typeof SERVE)[number]

const PERMISSIONS: Readonly<Record<BuiltInRole, ReadonlySet<Action>>> = {
  viewer: new Set(READ),
  developer: new Set([...READ, ...WORK]),
  agent: new Set(SERVE),
  supervisor: new Set([...READ, ...WORK, ...MANAGE]),
  admin: new Set([...READ, ...WORK, ...MANAGE, ...GOVERN, ...SERVE]),
}

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
  if (!isBuiltIn(principal.role) || !PERMISSIONS[principal.role].has(action)) return false
  if (principal.role !== 'agent' || resource === undefined) return true
  return resource.agentIds.includes(principal.id)
}

const isBuiltIn = (role: string): role is BuiltInRole =>
  (BUILT_IN_ROLES as readonly string[]).includes(role)

const forbidden = (principal: Principal, action: Action) =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action,
    publicMessage: `The role ${principal.role} does not permit ${action} here.`,
  })
