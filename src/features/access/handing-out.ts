import type { Principal } from '#platform/web/context.ts'
import type { Action } from './actions.ts'
import { moreThanOwn } from './access-errors.ts'
import { authorityOf } from './authorise.ts'
import { decide } from './authority.ts'
import { keyOf, neutralResource, type Entity } from './resource.ts'
import type { CompiledRole } from './roles.ts'

/**
 * Nobody hands out more than they have: their own role must permit it, on everything or on this
 * very object, and neither a policy nor the scopes of their credential stand against it. What was
 * granted to somebody is not theirs to hand on.
 * @throws AppError 403 `access.more_than_own`
 */
export const requireOwn = (giver: Principal, action: Action, object: Entity | null): void => {
  const authority = authorityOf(giver)
  const rule = authority.rules.role?.rules.get(action)
  const isOwn =
    rule?.isGeneral === true || (object !== null && rule?.objects.has(keyOf(object)) === true)
  const resource = object === null ? null : neutralResource(object.type, object.id)
  if (isOwn && decide(giver, authority, action, resource).isPermitted) return
  throw moreThanOwn(action, object === null ? null : `${object.type} ${object.id}`)
}

/** All that a role permits must be the giver's own. @throws AppError 403 `access.more_than_own` */
export const requireOwnRole = (giver: Principal, role: CompiledRole): void => {
  for (const [action, rule] of role.rules) {
    if (rule.isGeneral || rule.isOnOwn) requireOwn(giver, action, null)
    for (const key of rule.objects) requireOwn(giver, action, objectOf(key))
  }
}

const objectOf = (key: string): Entity => {
  const slash = key.indexOf('/')
  return { type: key.slice(0, slash) as Entity['type'], id: key.slice(slash + 1) }
}
