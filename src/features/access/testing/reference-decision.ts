import type { BuiltInRole, Permission } from '@cadre/contract'
import type { Principal } from '#platform/web/context.ts'
import { BUILT_IN_PERMISSIONS, type Action } from '../actions.ts'
import type { GrantRecord } from '../grants.ts'
import type { Circumstances } from '../policy-engine.ts'
import type { Entity, Resource } from '../resource.ts'
import type { RoleDefinition } from '../roles.ts'

// Decides slowly and straight from what is written: nothing is flattened, indexed or compiled, and
// policies are read from their parts, not from Cedar. Shares no code with what it is held against.

export type Condition =
  | { kind: 'always' }
  | { kind: 'tag'; tag: string }
  | { kind: 'priority'; priority: string }
  | { kind: 'cost_above'; dollars: number }
  | { kind: 'hour_below'; hour: number }
  | { kind: 'network'; prefix: string }
  | { kind: 'credential'; credential: string }
  /** Runs over, except at midnight. */
  | { kind: 'fails' }

export interface PolicyParts {
  effect: 'permit' | 'forbid'
  principal: { op: 'all' } | { op: 'role'; role: string } | { op: 'is'; type: string }
  actions: readonly string[] | null
  resource:
    | { op: 'all' }
    | { op: 'is'; type: string }
    | { op: 'in'; entity: Entity }
    | { op: 'is_in'; type: string; entity: Entity }
  condition: Condition
  isNegated: boolean
}

export interface World {
  principal: Principal
  roles: readonly RoleDefinition[]
  grants: readonly GrantRecord[]
  policies: readonly PolicyParts[]
  circumstances: Circumstances
  now: Date
}

export const referenceDecision = (world: World, action: Action, resource: Resource): boolean => {
  const { principal } = world
  if (principal.scopes !== null && !principal.scopes.some((scope) => speaksOf(scope, action)))
    return false
  const outcomes = world.policies.map((policy) => ({
    effect: policy.effect,
    outcome: outcomeOf(policy, world, action, resource),
  }))
  if (outcomes.some(({ outcome }) => outcome === 'fails')) return false
  if (outcomes.some(({ effect, outcome }) => effect === 'forbid' && outcome === 'holds'))
    return false
  return (
    outcomes.some(({ effect, outcome }) => effect === 'permit' && outcome === 'holds') ||
    rolePermits(world, principal.role, action, resource) ||
    world.grants.some((grant) => grantPermits(world, grant, action, resource))
  )
}

const speaksOf = (pattern: string, action: string): boolean => {
  const [noun, verb] = pattern.split('.')
  const [noun2, verb2] = action.split('.')
  return noun === '*' || (noun === noun2 && (verb === '*' || verb === verb2))
}

const belongs = (resource: Resource, { type, id }: Entity): boolean =>
  [resource, ...resource.parents].some((one) => one.type === type && one.id === id)

const isThere = (world: World, role: string): boolean =>
  role in BUILT_IN_PERMISSIONS || world.roles.some(({ name }) => name === role)

/** Policies still know somebody by a role that is gone. */
const lineage = (world: World, role: string): string[] => {
  if (!isThere(world, role) && role !== world.principal.role) return []
  const definition = world.roles.find(({ name }) => name === role)
  const parents = definition?.inherits ?? []
  return [role, ...parents.flatMap((parent) => lineage(world, parent))]
}

const rolePermits = (world: World, role: string, action: Action, resource: Resource): boolean =>
  lineage(world, role).some((name) => {
    if (name in BUILT_IN_PERMISSIONS) {
      if (!BUILT_IN_PERMISSIONS[name as BuiltInRole].has(action)) return false
      return name !== 'agent' || belongs(resource, { type: 'Agent', id: world.principal.id })
    }
    const definition = world.roles.find((one) => one.name === name)
    return (definition?.permissions ?? []).some((permission: Permission) => {
      const isAbout = permission.actions.some((pattern) => speaksOf(pattern, action))
      return (
        isAbout && (permission.resource === undefined || belongs(resource, permission.resource))
      )
    })
  })

const grantPermits = (
  world: World,
  grant: GrantRecord,
  action: Action,
  resource: Resource,
): boolean =>
  (grant.principalId === world.principal.id ||
    (grant.role !== null &&
      isThere(world, world.principal.role) &&
      lineage(world, world.principal.role).includes(grant.role))) &&
  (grant.expiresAt === null || grant.expiresAt.getTime() > world.now.getTime()) &&
  grant.actions.some((pattern) => speaksOf(pattern, action)) &&
  belongs(resource, grant.resource)

const outcomeOf = (
  policy: PolicyParts,
  world: World,
  action: Action,
  resource: Resource,
): 'holds' | 'silent' | 'fails' => {
  const { principal, circumstances, now } = world
  const type = { user: 'User', service: 'Service', agent: 'AgentAccount' }[principal.kind]
  const isWho =
    policy.principal.op === 'all' ||
    (policy.principal.op === 'is'
      ? policy.principal.type === type
      : lineage(world, principal.role).includes(policy.principal.role))
  const isAction =
    policy.actions === null || policy.actions.some((pattern) => speaksOf(pattern, action))
  const head = policy.resource
  const isResource =
    head.op === 'all' ||
    ((head.op === 'in' || head.type === resource.type) &&
      (head.op === 'is' || belongs(resource, head.entity)))
  if (!isWho || !isAction || !isResource) return 'silent'
  if (policy.condition.kind === 'fails' && now.getUTCHours() > 0) return 'fails'
  const holds = conditionHolds(policy.condition, resource, circumstances, now)
  return holds !== policy.isNegated ? 'holds' : 'silent'
}

const conditionHolds = (
  condition: Condition,
  { attributes }: Resource,
  { ip, credential }: Circumstances,
  now: Date,
): boolean => {
  const values = attributes as Record<string, unknown>
  switch (condition.kind) {
    case 'always':
    case 'fails':
      return true
    case 'tag':
      return Array.isArray(values['tags']) && values['tags'].includes(condition.tag)
    case 'priority':
      return values['priority'] === condition.priority
    case 'cost_above':
      return Number(values['cost'] ?? values['price'] ?? 0) > condition.dollars
    case 'hour_below':
      return now.getUTCHours() < condition.hour
    case 'network':
      return ip?.startsWith(condition.prefix) === true
    case 'credential':
      return credential === condition.credential
  }
}

/** The same policy as Cedar reads it. Conditions on tasks ask for the type first. */
export const cedarText = (policy: PolicyParts): string => {
  const { principal, actions, resource } = policy
  const who =
    principal.op === 'all'
      ? 'principal'
      : principal.op === 'is'
        ? `principal is ${principal.type}`
        : `principal in Role::"${principal.role}"`
  const what = actions?.map((pattern) => `Action::"${pattern}"`)
  const how = what === undefined ? 'action' : `action in [${what.join(', ')}]`
  const entity = (of: Entity) => `${of.type}::"${of.id}"`
  const where = {
    all: () => 'resource',
    is: () => `resource is ${resource.op === 'is' ? resource.type : ''}`,
    in: () => `resource in ${resource.op === 'in' ? entity(resource.entity) : ''}`,
    is_in: () =>
      resource.op === 'is_in' ? `resource is ${resource.type} in ${entity(resource.entity)}` : '',
  }[resource.op]()
  const clause = policy.isNegated ? 'unless' : 'when'
  return `${policy.effect} (${who}, ${how}, ${where}) ${clause} { ${conditionText(policy.condition)} };`
}

const conditionText = (condition: Condition): string => {
  switch (condition.kind) {
    case 'always':
      return 'true'
    case 'tag':
      return `resource is Task && resource.tags.contains("${condition.tag}")`
    case 'priority':
      return `resource is Task && resource.priority == "${condition.priority}"`
    case 'cost_above':
      return `context.cost.greaterThan(decimal("${condition.dollars}.0"))`
    case 'hour_below':
      return `context.hour < ${condition.hour}`
    case 'network':
      return `context has ip && context.ip.isInRange(ip("${condition.prefix}0.0.0/8"))`
    case 'credential':
      return `context.credential == "${condition.credential}"`
    case 'fails':
      return 'context.hour + 9223372036854775807 > 0'
  }
}
