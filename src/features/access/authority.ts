import type { Clock } from '#platform/clock.ts'
import type { Principal } from '#platform/web/context.ts'
import type { Action } from './actions.ts'
import type { DecisionSample } from './decision-sample.ts'
import { grantFor, hasGrantFor, type CompiledGrants } from './grants.ts'
import type { Circumstances, CompiledPolicies, PolicyVerdict } from './policy-engine.ts'
import { neutralFor, type Resource } from './resource.ts'
import { areScopesCovering } from './scopes.ts'
import { ruleCovers, type CompiledRole } from './roles.ts'

/** What decides for one principal of a tenant. Kept for a short while, and shared by its requests. */
export interface Rules {
  /** All roles of the tenant. */
  roles: ReadonlyMap<string, CompiledRole>
  /** Null: the tenant has no such role, and it permits nothing. */
  role: CompiledRole | null
  grants: CompiledGrants | null
  policies: CompiledPolicies | null
}

/**
 * What a principal may do in the circumstances of one request. It travels in the principal, so a
 * decision needs no waiting; one without it is permitted nothing.
 */
export class Authority {
  readonly rules: Rules
  readonly circumstances: Circumstances
  readonly clock: Pick<Clock, 'now'>
  readonly sample: DecisionSample | null

  constructor(parts: {
    rules: Rules
    circumstances: Circumstances
    clock: Pick<Clock, 'now'>
    sample: DecisionSample | null
  }) {
    this.rules = parts.rules
    this.circumstances = parts.circumstances
    this.clock = parts.clock
    this.sample = parts.sample
  }
}

/** Why it was decided so. */
export type Decision =
  | { isPermitted: true; by: 'role' }
  | { isPermitted: true; by: 'grant'; grantId: string }
  | { isPermitted: true; by: 'policy'; policyIds: readonly string[] }
  | { isPermitted: false; by: 'scope' | 'nothing' }
  | { isPermitted: false; by: 'policy' | 'failure'; policyIds: readonly string[] }

const BY_ROLE: Decision = { isPermitted: true, by: 'role' }
const BY_SCOPE: Decision = { isPermitted: false, by: 'scope' }
const BY_NOTHING: Decision = { isPermitted: false, by: 'nothing' }

/**
 * Forbidden wins, and so does a policy that fails; the scopes of the credential narrow everything;
 * then the role, a grant or a policy must permit it. Null: no object in particular.
 */
export const decide = (
  principal: Principal,
  authority: Authority,
  action: Action,
  resource: Resource | null,
): Decision => {
  const { role, grants, policies } = authority.rules
  if (!isInScope(principal, action)) return BY_SCOPE
  const isByRole = ruleCovers(role?.rules.get(action), principal.id, resource)
  if (grants === null && policies === null) return isByRole ? BY_ROLE : BY_NOTHING
  const verdict = askPolicies(principal, authority, action, resource)
  if (verdict.effect === 'forbid')
    return { isPermitted: false, by: 'policy', policyIds: verdict.policyIds }
  if (verdict.effect === 'fail')
    return { isPermitted: false, by: 'failure', policyIds: verdict.policyIds }
  if (isByRole) return BY_ROLE
  const grant =
    resource === null ? null : grantFor(grants, action, resource, authority.clock.now().getTime())
  if (grant !== null) return { isPermitted: true, by: 'grant', grantId: grant.id }
  if (verdict.effect === 'permit')
    return { isPermitted: true, by: 'policy', policyIds: verdict.policyIds }
  return BY_NOTHING
}

/**
 * Whether the principal may do so to some object at least. What depends on the object is taken as
 * permitted here, and decided for each one.
 */
export const mayEver = (principal: Principal, authority: Authority, action: Action): boolean => {
  const { role, grants, policies } = authority.rules
  if (!isInScope(principal, action)) return false
  const isPossible =
    role?.rules.has(action) === true ||
    hasGrantFor(grants, action, authority.clock.now().getTime()) ||
    policies?.mayPermit(action) === true
  if (!isPossible || policies === null) return isPossible
  const verdict = safely(() =>
    policies.decideBlindly(questionOf(principal, authority, action, null)),
  )
  return verdict.effect === 'silent'
}

/** Whether the answer may differ from object to object. */
export const dependsOnObject = (authority: Authority, action: Action): boolean => {
  const { role, policies } = authority.rules
  return role?.rules.get(action)?.isGeneral !== true || policies?.lookAtObjects(action) === true
}

export const isInScope = ({ scopes }: Principal, action: Action): boolean =>
  areScopesCovering(scopes, action)

export const askPolicies = (
  principal: Principal,
  authority: Authority,
  action: Action,
  resource: Resource | null,
): PolicyVerdict => {
  const { policies } = authority.rules
  if (policies === null) return { effect: 'silent' }
  return safely(() => policies.decide(questionOf(principal, authority, action, resource)))
}

const questionOf = (
  principal: Principal,
  { rules, circumstances, clock }: Authority,
  action: Action,
  resource: Resource | null,
) => ({
  principal,
  lineage: rules.role?.lineage ?? [principal.role],
  action,
  resource: resource ?? neutralFor(action),
  circumstances,
  now: clock.now(),
})

/** Whatever goes wrong in Cedar refuses. */
const safely = (ask: () => PolicyVerdict): PolicyVerdict => {
  try {
    return ask()
  } catch {
    return { effect: 'fail', policyIds: [] }
  }
}
