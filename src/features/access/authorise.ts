import type { Principal } from '#platform/web/context.ts'
import { AppError } from '#platform/errors.ts'
import { ACTIONS, type Action } from './actions.ts'
import { Authority, decide, dependsOnObject, mayEver, type Decision } from './authority.ts'
import { READ_OF } from './reading.ts'
import type { Resource } from './resource.ts'

/**
 * The one decision point, for one object: synchronous, and nothing but a look-up for a tenant
 * without roles, grants and policies of its own. Without a resource it decides on no object in
 * particular: what a permission on single objects permits is refused then.
 * Tenancy is not decided here: objects of another tenant are never found.
 * @param absent the refusal for whom the object may as well not be there, because others of its
 *   kind may be read and this one not
 * @throws AppError `access.forbidden`, or what `absent` makes
 */
export const authorise = (
  principal: Principal,
  action: Action,
  resource: Resource | null = null,
  absent?: () => AppError,
): void => {
  const authority = authorityOf(principal)
  authority.sample?.offer(principal, authority.circumstances, action, resource)
  const decision = decide(principal, authority, action, resource)
  if (decision.isPermitted) return
  if (absent !== undefined && resource !== null && isHidden(principal, resource)) throw absent()
  throw forbidden(principal, action, decision)
}

/**
 * Decides whether there may be an object to which the principal may do this: ahead of looking one
 * up, and for lists, whose items `permittedOnes` then decides.
 * @throws AppError `access.forbidden`
 */
export const authoriseSome = (principal: Principal, action: Action): void => {
  const authority = authorityOf(principal)
  if (mayEver(principal, authority, action)) return
  throw forbidden(principal, action, decide(principal, authority, action, null))
}

/**
 * Decides on an object that is looked up only if the answer depends on it. Answers null where there
 * is nothing to wait for.
 * @param find throws where there is none
 * @throws AppError as {@link authorise}
 */
export const authoriseOn = (
  principal: Principal,
  action: Action,
  find: () => Promise<Resource>,
  absent?: () => AppError,
): Promise<void> | null => {
  authoriseSome(principal, action)
  if (decidesByObject(principal, action))
    return find().then((resource) => authorise(principal, action, resource, absent))
  const { sample, circumstances } = authorityOf(principal)
  sample?.offer(principal, circumstances, action, find)
  return null
}

export const isPermitted = (
  principal: Principal,
  action: Action,
  resource: Resource | null = null,
): boolean => decide(principal, authorityOf(principal), action, resource).isPermitted

/** Whether the answer may differ from object to object: only then one need be looked up. */
export const decidesByObject = (principal: Principal, action: Action): boolean =>
  dependsOnObject(authorityOf(principal), action)

/** Those of a page that the principal may read; all of it, at no cost, where that is decided alike. */
export const permittedOnes = <Item>(
  principal: Principal,
  action: Action,
  items: readonly Item[],
  resourceOf: (item: Item) => Resource,
): Item[] =>
  decidesByObject(principal, action)
    ? items.filter((item) => isPermitted(principal, action, resourceOf(item)))
    : [...items]

/** What the principal may do to some object at least. */
export const permittedActions = (principal: Principal): Action[] => {
  const authority = authorityOf(principal)
  return ACTIONS.filter((action) => mayEver(principal, authority, action))
}

export const authorityOf = ({ authority }: Principal): Authority => {
  if (authority instanceof Authority) return authority
  throw new Error('Broken invariant: nothing is decided for a principal without an authority')
}

/** Others of its kind may be read, but not this one: whoever asks must not learn that it is there. */
const isHidden = (principal: Principal, resource: Resource): boolean => {
  const reading = READ_OF[resource.type]
  return (
    reading !== undefined &&
    decidesByObject(principal, reading) &&
    !isPermitted(principal, reading, resource)
  )
}

const forbidden = (principal: Principal, action: Action, decision: Decision) =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action,
    publicMessage: sentenceOf(principal, action, decision),
  })

const sentenceOf = (principal: Principal, action: Action, decision: Decision): string => {
  if (decision.by === 'scope') return `The scopes of this key do not cover ${action}.`
  const isTold =
    (decision.by === 'policy' || decision.by === 'failure') &&
    decision.policyIds.length > 0 &&
    isPermitted(principal, 'policy.read')
  const which = isTold ? ` (${decision.policyIds.join(', ')})` : ''
  if (decision.by === 'policy') return `A policy forbids ${action} here${which}.`
  if (decision.by === 'failure') return `A policy about ${action} failed, which refuses${which}.`
  return `The role ${principal.role} does not permit ${action} here.`
}
