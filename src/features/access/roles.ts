import { BUILT_IN_ROLES, type BuiltInRole, type Permission } from '@cadre/contract'
import { actionsOf, BUILT_IN_PERMISSIONS, type Action } from './actions.ts'
import { keyOf, type Resource } from './resource.ts'

/** A role of a tenant's own. */
export interface RoleDefinition {
  name: string
  inherits: readonly string[]
  permissions: readonly Permission[]
}

/** How far a role permits one action. */
export interface RoleRule {
  /** On every object. */
  isGeneral: boolean
  /** On what belongs to the agent that asks. */
  isOnOwn: boolean
  /** On these objects, as {@link keyOf} names them, and on what belongs to them. */
  objects: ReadonlySet<string>
}

/** A role with all that it inherits, laid flat. */
export interface CompiledRole {
  name: string
  /** Itself and all that it inherits from. */
  lineage: readonly string[]
  rules: ReadonlyMap<Action, RoleRule>
}

export const isBuiltIn = (role: string): role is BuiltInRole =>
  (BUILT_IN_ROLES as readonly string[]).includes(role)

const compileBuiltIn = (name: BuiltInRole): CompiledRole => ({
  name,
  lineage: [name],
  rules: new Map(
    [...BUILT_IN_PERMISSIONS[name]].map((action) => [
      action,
      { isGeneral: name !== 'agent', isOnOwn: name === 'agent', objects: new Set<string>() },
    ]),
  ),
})

const BUILT_INS: ReadonlyMap<string, CompiledRole> = new Map(
  BUILT_IN_ROLES.map((name) => [name, compileBuiltIn(name)]),
)

/** Flattens a tenant's roles. Names that are not there and circles permit nothing. */
export const compileRoles = (
  definitions: readonly RoleDefinition[],
): ReadonlyMap<string, CompiledRole> => {
  if (definitions.length === 0) return BUILT_INS
  const byName = new Map(definitions.map((definition) => [definition.name, definition]))
  const compiled = new Map(BUILT_INS)
  const compile = (name: string, trail: readonly string[]): CompiledRole | null => {
    const known = compiled.get(name)
    if (known !== undefined) return known
    const definition = byName.get(name)
    if (definition === undefined || trail.includes(name)) return null
    const parents = definition.inherits.flatMap((parent) => compile(parent, [...trail, name]) ?? [])
    const role: CompiledRole = {
      name,
      lineage: [...new Set([name, ...parents.flatMap(({ lineage }) => lineage)])],
      rules: rulesOf(definition.permissions, parents),
    }
    compiled.set(name, role)
    return role
  }
  for (const { name } of definitions) compile(name, [])
  return compiled
}

const rulesOf = (
  permissions: readonly Permission[],
  parents: readonly CompiledRole[],
): ReadonlyMap<Action, RoleRule> => {
  const rules = new Map<Action, { isGeneral: boolean; isOnOwn: boolean; objects: Set<string> }>()
  const ruleFor = (action: Action) => {
    const rule = rules.get(action) ?? { isGeneral: false, isOnOwn: false, objects: new Set() }
    rules.set(action, rule)
    return rule
  }
  for (const { actions, resource } of permissions)
    for (const action of actionsOf(actions))
      if (resource === undefined) ruleFor(action).isGeneral = true
      else ruleFor(action).objects.add(keyOf(resource))
  for (const parent of parents)
    for (const [action, inherited] of parent.rules) {
      const rule = ruleFor(action)
      rule.isGeneral ||= inherited.isGeneral
      rule.isOnOwn ||= inherited.isOnOwn
      for (const object of inherited.objects) rule.objects.add(object)
    }
  return rules
}

/** The way in which a role would come to inherit from itself, such as `a → b → a`; null if none. */
export const cycleThrough = (
  name: string,
  definitions: readonly RoleDefinition[],
): readonly string[] | null => {
  const inherits = new Map(definitions.map((one) => [one.name, one.inherits]))
  const seen = new Set<string>()
  const search = (from: string, trail: readonly string[]): readonly string[] | null => {
    for (const parent of inherits.get(from) ?? []) {
      if (parent === name) return [...trail, name]
      if (seen.has(parent)) continue
      seen.add(parent)
      const found = search(parent, [...trail, parent])
      if (found !== null) return found
    }
    return null
  }
  return search(name, [name])
}

/** Whether a role's rule permits to touch this object; null: no object in particular. */
export const ruleCovers = (
  rule: RoleRule | undefined,
  principalId: string,
  resource: Resource | null,
): boolean => {
  if (rule === undefined) return false
  if (rule.isGeneral) return true
  if (resource === null) return false
  if (rule.isOnOwn && belongsToAgent(resource, principalId)) return true
  return rule.objects.size > 0 && isWithin(resource, rule.objects)
}

const belongsToAgent = (resource: Resource, agentId: string): boolean =>
  (resource.type === 'Agent' && resource.id === agentId) ||
  resource.parents.some(({ type, id }) => type === 'Agent' && id === agentId)

/** Whether the object, or something that it belongs to, is one of these. */
export const isWithin = (resource: Resource, objects: ReadonlySet<string>): boolean =>
  objects.has(keyOf(resource)) || resource.parents.some((parent) => objects.has(keyOf(parent)))
