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
 */
const owns = (giver: Principal, action: Action, object: Entity | null): boolean => {
  const authority = authorityOf(giver)
  const rule = authority.rules.role?.rules.get(action)
  const isOwn =
    rule?.isGeneral === true || (object !== null && rule?.objects.has(keyOf(object)) === true)
  const resource = object === null ? null : neutralResource(object.type, object.id)
  return isOwn && decide(giver, authority, action, resource).isPermitted
}

/** @throws AppError 403 `access.more_than_own` */
export const requireOwn = (giver: Principal, action: Action, object: Entity | null): void => {
  if (owns(giver, action, object)) return
  throw moreThanOwn(action, object === null ? null : `${object.type} ${object.id}`)
}

/** All that a role permits must be the giver's own. @throws AppError 403 `access.more_than_own` */
export const requireOwnRole = (giver: Principal, role: CompiledRole): void => {
  for (const [action, object] of contentsOf(role)) requireOwn(giver, action, object)
}

/**
 * Whether a principal may let others have a role of its tenant, or manage those who have it: by
 * the key or token that it uses now. Nobody gives a role that is not there.
 */
export const mayGive = (giver: Principal, role: string): boolean => {
  const compiled = authorityOf(giver).rules.roles.get(role)
  return (
    compiled !== undefined &&
    contentsOf(compiled).every(([action, object]) => owns(giver, action, object))
  )
}

const contentsOf = ({ rules }: CompiledRole): (readonly [Action, Entity | null])[] =>
  [...rules].flatMap(([action, { isGeneral, isOnOwn, objects }]) => [
    ...(isGeneral || isOnOwn ? [[action, null] as const] : []),
    ...[...objects].map((key) => [action, objectOf(key)] as const),
  ])

const objectOf = (key: string): Entity => {
  const slash = key.indexOf('/')
  return { type: key.slice(0, slash) as Entity['type'], id: key.slice(slash + 1) }
}
