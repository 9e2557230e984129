import {
  BUILT_IN_ROLES,
  ROLES_PER_TENANT_MAX,
  type ParsedCreateRole,
  type ParsedReplaceRole,
  type Permission,
  type Role,
  type TenantId,
} from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Queryable, Tx } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import type { Principal } from '#platform/web/context.ts'
import { roleBuiltIn, roleInUse, roleNameTaken, roleNotFound, tooMany } from './access-errors.ts'
import { actionsOf, BUILT_IN_DESCRIPTIONS, BUILT_IN_PERMISSIONS, typesOf } from './actions.ts'
import type { AuthoritySource } from './authority-source.ts'
import { noteAuthorityChange } from './change-store.ts'
import { grantsToRole } from './grant-store.ts'
import { requireOwnRole } from './handing-out.ts'
import { PARENT_TYPES } from './resource.ts'
import * as store from './role-store.ts'
import { compileRoles, cycleThrough, isBuiltIn, type CompiledRole } from './roles.ts'
import { principalsWithRole } from './subject-store.ts'

const USERS_NAMED = 5

export interface RoleServiceOptions {
  db: Db
  clock: Clock
  authorities: Pick<AuthoritySource, 'forget'>
}

export type RoleService = ReturnType<typeof createRoleService>

/** Roles of a tenant's own, beside the built-in ones. */
export const createRoleService = ({ db, clock, authorities }: RoleServiceOptions) => {
  const change = async <Result>(
    { tenantId }: Principal,
    work: (tx: Tx, present: store.RoleRecord[]) => Promise<Result>,
  ): Promise<Result> => {
    const result = await db.ofTenant(tenantId).transaction(async (tx) => {
      await store.lockRoles(tx, tenantId)
      const done = await work(tx, await store.listRoles(tx, tenantId))
      noteAuthorityChange(tx, tenantId)
      return done
    })
    authorities.forget(tenantId)
    return result
  }
  const record = (
    tx: Tx,
    action: 'role.create' | 'role.change' | 'role.delete',
    { before, after }: { before?: store.RoleRecord; after?: store.RoleRecord },
  ) => {
    const role = after ?? before
    if (role === undefined) throw new Error('Broken invariant: a record is about a role')
    return recordWithin(tx, {
      tenantId: role.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'role', id: role.name, name: role.name },
      before: before && factsOf(before),
      after: after && factsOf(after),
    })
  }
  const present = (roles: readonly store.RoleRecord[], name: string): store.RoleRecord => {
    if (isBuiltIn(name)) throw roleBuiltIn(name)
    const found = roles.find((role) => role.name === name)
    if (found === undefined) throw roleNotFound()
    return found
  }
  /** @throws AppError 422 for what does not fit together, 403 for more than the giver has */
  const judge = (giver: Principal, role: store.RoleRecord, others: readonly store.RoleRecord[]) => {
    const all = [...others.filter(({ name }) => name !== role.name), role]
    judgePermissions(role.permissions)
    for (const [place, parent] of role.inherits.entries())
      if (!isBuiltIn(parent) && !all.some(({ name }) => name === parent))
        throw invalidField(`inherits[${place}]`, `there is no role ${parent}`)
    const cycle = cycleThrough(role.name, all)
    if (cycle !== null)
      throw invalidField('inherits', `would run in a circle: ${cycle.join(' → ')}`)
    const compiled = compileRoles(all).get(role.name)
    if (compiled === undefined) throw new Error('Broken invariant: every role is compiled')
    requireOwnRole(giver, compiled)
  }

  return {
    list: async (tenantId: TenantId): Promise<Role[]> => {
      const own = await store.listRoles(db.ofTenant(tenantId), tenantId)
      const compiled = compileRoles(own)
      return [...BUILT_INS, ...own.map((role) => roleView(role, compiled))]
    },

    /** @throws AppError 404 */
    read: async (tenantId: TenantId, name: string): Promise<Role> => {
      const builtIn = BUILT_INS.find((role) => role.name === name)
      if (builtIn !== undefined) return builtIn
      const own = await store.listRoles(db.ofTenant(tenantId), tenantId)
      return roleView(present(own, name), compileRoles(own))
    },

    /** @throws AppError 409 for a name in use or too many, 422 for what does not fit, 403 */
    create: (giver: Principal, given: ParsedCreateRole): Promise<Role> =>
      change(giver, async (tx, roles) => {
        if (isBuiltIn(given.name) || roles.some(({ name }) => name === given.name))
          throw roleNameTaken(given.name)
        if (roles.length >= ROLES_PER_TENANT_MAX)
          throw tooMany('roles of your own', ROLES_PER_TENANT_MAX)
        const now = clock.now()
        const role = { ...given, tenantId: giver.tenantId, createdAt: now, updatedAt: now }
        judge(giver, role, roles)
        await store.insertRole(tx, role)
        await record(tx, 'role.create', { after: role })
        return roleView(role, compileRoles([...roles, role]))
      }),

    /** @throws AppError 404, 409 for a built-in role, 422, 403 */
    replace: (giver: Principal, name: string, given: ParsedReplaceRole): Promise<Role> =>
      change(giver, async (tx, roles) => {
        const before = present(roles, name)
        const role = { ...before, ...given, updatedAt: clock.now() }
        judge(giver, role, roles)
        await store.replaceRole(tx, role)
        await record(tx, 'role.change', { before, after: role })
        const others = roles.filter((other) => other.name !== name)
        return roleView(role, compileRoles([...others, role]))
      }),

    /** @throws AppError 404, 409 while somebody has it, inherits from it or was granted by it */
    remove: (by: Principal, name: string): Promise<void> =>
      change(by, async (tx, roles) => {
        const before = present(roles, name)
        const users = await usersOf(tx, before, roles)
        if (users.length > 0) throw roleInUse(name, users)
        await store.deleteRole(tx, by.tenantId, name)
        await record(tx, 'role.delete', { before })
      }),
  }
}

const usersOf = async (
  tx: Queryable,
  { tenantId, name }: store.RoleRecord,
  roles: readonly store.RoleRecord[],
): Promise<string[]> => {
  const holders = await principalsWithRole(tx, tenantId, name, USERS_NAMED + 1)
  const heirs = roles.filter(({ inherits }) => inherits.includes(name))
  const grants = await grantsToRole(tx, tenantId, name)
  return [
    ...holders.slice(0, USERS_NAMED).map((holder) => holder.name),
    ...(holders.length > USERS_NAMED ? ['others'] : []),
    ...heirs.map((role) => `the role ${role.name}`),
    ...(grants > 0 ? [`${grants} ${grants === 1 ? 'grant' : 'grants'}`] : []),
  ]
}

/** @throws AppError 422 for an action that there is not, or that cannot be done to the object */
export const judgePermissions = (permissions: readonly Permission[], field = 'permissions') => {
  for (const [place, { actions, resource }] of permissions.entries())
    judgeActions(actions, resource ?? null, `${field}[${place}].actions`)
}

export const judgeActions = (
  patterns: readonly string[],
  object: Permission['resource'] | null,
  field: string,
): void => {
  for (const [place, pattern] of patterns.entries()) {
    const actions = actionsOf([pattern])
    if (actions.length === 0)
      throw invalidField(`${field}[${place}]`, `there is no action ${pattern}`)
    const isPossible =
      object == null ||
      actions.some((action) =>
        typesOf(action).some(
          (type) => type === object.type || PARENT_TYPES[type]?.includes(object.type) === true,
        ),
      )
    if (!isPossible)
      throw invalidField(`${field}[${place}]`, `nothing of ${pattern} concerns a ${object.type}`)
  }
}

const factsOf = ({ description, inherits, permissions }: store.RoleRecord) => ({
  description,
  inherits,
  permissions,
})

const BUILT_INS: readonly Role[] = BUILT_IN_ROLES.map((name) => ({
  name,
  description: BUILT_IN_DESCRIPTIONS[name],
  is_built_in: true,
  inherits: [],
  permissions: [{ actions: [...BUILT_IN_PERMISSIONS[name]].toSorted() }],
  actions: [...BUILT_IN_PERMISSIONS[name]].toSorted(),
  created_at: null,
  updated_at: null,
}))

const roleView = (role: store.RoleRecord, compiled: ReadonlyMap<string, CompiledRole>): Role => ({
  name: role.name,
  description: role.description,
  is_built_in: false,
  inherits: [...role.inherits],
  permissions: [...role.permissions],
  actions: [...(compiled.get(role.name)?.rules ?? [])]
    .flatMap(([action, rule]) => (rule.isGeneral ? [action] : []))
    .toSorted(),
  created_at: role.createdAt.toISOString(),
  updated_at: role.updatedAt.toISOString(),
})
