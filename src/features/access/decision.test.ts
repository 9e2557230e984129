import { BUILT_IN_ROLES, type ResourceType, type TenantId } from '@cadre/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Principal } from '#platform/web/context.ts'
import { ACTIONS, typesOf, type Action } from './actions.ts'
import { Authority, decide, dependsOnObject, mayEver } from './authority.ts'
import { compileGrants, type GrantRecord } from './grants.ts'
import { checkPolicy } from './policy-check.ts'
import { createPolicyEngine, type Circumstances } from './policy-engine.ts'
import { neutralResource, type Entity, type Resource } from './resource.ts'
import { compileRoles, type RoleDefinition } from './roles.ts'
import {
  cedarText,
  referenceDecision,
  type PolicyParts,
  type World,
} from './testing/reference-decision.ts'

const TENANT = '00000000-0000-4000-8000-000000000001' as TenantId
const ME = '00000000-0000-4000-8000-00000000000a'
const SOMEBODY = '00000000-0000-4000-8000-00000000000b'
const ROLES = ['ops', 'dev', 'night', 'nobody'] as const
const ROLE_NAMES = ['viewer', 'developer', 'agent', 'supervisor', 'admin', ...ROLES]
const engine = createPolicyEngine()

const authorityOf = async (world: World): Promise<Authority> => {
  const role = compileRoles(world.roles).get(world.principal.role) ?? null
  const mine = world.grants.filter(
    (grant) =>
      grant.principalId === world.principal.id ||
      (grant.role !== null && role?.lineage.includes(grant.role) === true),
  )
  const texts = world.policies.map((policy, place) => ({
    id: String(place),
    name: `policy ${place}`,
    text: cedarText(policy),
  }))
  const policies = engine.compile(texts)
  return new Authority({
    rules: { roles: compileRoles(world.roles), role, grants: compileGrants(mine), policies },
    circumstances: world.circumstances,
    clock: { now: () => world.now },
    sample: null,
  })
}
const decided = async (world: World, action: Action, resource: Resource): Promise<boolean> =>
  decide(world.principal, await authorityOf(world), action, resource).isPermitted

// Few names, so that roles, grants, policies and objects meet.
const anyOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values)
const pattern = anyOf<string>('*', 'task.*', 'run.*', 'agent.read', 'task.read', 'task.cancel')
const entity: fc.Arbitrary<Entity> = anyOf<Entity>(
  { type: 'Agent', id: ME },
  { type: 'Agent', id: 'a1' },
  { type: 'Task', id: 't1' },
  { type: 'Run', id: 'r1' },
  { type: 'Workflow', id: 'w1' },
)
/** Circles are refused when a role is written: each inherits from those behind it only. */
const role: fc.Arbitrary<RoleDefinition> = anyOf(
  'ops' as const,
  'dev' as const,
  'night' as const,
).chain((name) =>
  fc.record({
    name: fc.constant(name),
    inherits: fc.uniqueArray(
      anyOf(
        ...ROLE_NAMES.filter(
          (other) => !ROLES.slice(0, ROLES.indexOf(name) + 1).some((one) => one === other),
        ),
      ),
      { maxLength: 2 },
    ),
    permissions: fc.array(
      fc.record(
        { actions: fc.array(pattern, { minLength: 1, maxLength: 2 }), resource: entity },
        { requiredKeys: ['actions'] },
      ),
      { maxLength: 2 },
    ),
  }),
)
const now = new Date('2026-07-01T05:30:00Z')
const grant: fc.Arbitrary<GrantRecord> = fc
  .record({
    subject: anyOf<Pick<GrantRecord, 'principalId' | 'role'>>(
      { principalId: ME, role: null },
      { principalId: SOMEBODY, role: null },
      ...ROLE_NAMES.map((name) => ({ principalId: null, role: name })),
    ),
    actions: fc.array(pattern, { minLength: 1, maxLength: 2 }),
    resource: entity,
    lasts: anyOf<number | null>(null, -1, 0, 1),
  })
  .map(({ subject, actions, resource, lasts }) => ({
    ...subject,
    id: 'g',
    tenantId: TENANT,
    actions,
    resource,
    expiresAt: lasts === null ? null : new Date(now.getTime() + lasts),
    reason: '',
    createdBy: SOMEBODY,
    createdByName: 'somebody',
    createdAt: now,
  }))
const policyOf = (
  effect: fc.Arbitrary<PolicyParts['effect']>,
  fails = 1,
): fc.Arbitrary<PolicyParts> =>
  fc.record({
    effect,
    principal: fc.oneof(
      fc.constant({ op: 'all' as const }),
      fc.record({ op: fc.constant('role' as const), role: anyOf(...ROLE_NAMES) }),
      fc.record({ op: fc.constant('is' as const), type: anyOf('User', 'Service', 'AgentAccount') }),
    ),
    actions: fc.option(
      fc.uniqueArray(anyOf('task.*', 'run.*', 'task.read', 'agent.read', 'task.cancel'), {
        minLength: 1,
        maxLength: 2,
      }),
    ),
    resource: fc.oneof(
      fc.constant({ op: 'all' as const }),
      fc.record({ op: fc.constant('is' as const), type: anyOf('Task', 'Run', 'Agent') }),
      fc.record({ op: fc.constant('in' as const), entity }),
      fc.record({
        op: fc.constant('is_in' as const),
        type: anyOf('Task', 'Run'),
        entity: entity,
      }),
    ),
    condition: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ kind: 'always' as const }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('tag' as const), tag: anyOf('x', 'y') }),
      },
      fc.record({ kind: fc.constant('priority' as const), priority: anyOf('urgent', 'low') }),
      fc.record({ kind: fc.constant('cost_above' as const), dollars: anyOf(0, 5) }),
      fc.record({ kind: fc.constant('hour_below' as const), hour: anyOf(3, 12) }),
      fc.record({ kind: fc.constant('network' as const), prefix: anyOf('10.', '192.') }),
      fc.record({ kind: fc.constant('credential' as const), credential: anyOf('key', 'token') }),
      { weight: fails, arbitrary: fc.constant({ kind: 'fails' as const }) },
    ),
    isNegated: fc.boolean(),
  })
const principal: fc.Arbitrary<Principal> = fc.record({
  id: fc.constant(ME),
  tenantId: fc.constant(TENANT),
  kind: anyOf('user', 'service', 'agent'),
  name: fc.constant('me'),
  role: anyOf(...ROLE_NAMES),
  scopes: anyOf<readonly string[] | null>(null, null, ['*'], ['task.*'], ['agent.read'], []),
})
const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  ip: anyOf<string | null>(null, '10.1.2.3', '192.0.2.1', '2001:db8:0:0::/64', 'no address'),
  credential: anyOf('key', 'session', 'token'),
})
const world: fc.Arbitrary<World> = fc.record({
  principal,
  roles: fc.uniqueArray(role, { maxLength: 3, selector: ({ name }) => name }),
  grants: fc.array(grant, { maxLength: 4 }),
  policies: fc.array(policyOf(anyOf('permit', 'forbid')), { maxLength: 4 }),
  circumstances,
  now: anyOf(now, new Date('2026-07-01T00:10:00Z')),
})
/** A viewer, whom nothing but the role permits anything. */
const plainWorld: World = {
  principal: { id: ME, tenantId: TENANT, kind: 'user', name: 'me', role: 'viewer', scopes: null },
  roles: [],
  grants: [],
  policies: [],
  circumstances: { ip: null, credential: 'key' },
  now,
}
const parents = fc.uniqueArray(entity, { maxLength: 2, selector: ({ type, id }) => type + id })
const task = fc.record({
  type: fc.constant('Task' as const),
  id: anyOf('t1', 't2'),
  parents,
  attributes: fc.record({
    kind: fc.constant('queued'),
    status: fc.constant('TODO'),
    priority: anyOf('urgent', 'low'),
    capability: fc.constant(''),
    tags: fc.uniqueArray(anyOf('x', 'y')),
    cost: anyOf('0', '4.999999', '5.000001', '100.25'),
  }),
})
const other = fc
  .tuple(anyOf<ResourceType>('Run', 'Agent'), anyOf('r1', 'a1', ME), parents)
  .map(([type, id, above]): Resource => ({ ...neutralResource(type, id), parents: above }))
/** An action and something that it may be done to. */
const question = fc
  .tuple(
    anyOf<Action>('task.read', 'task.cancel', 'run.read', 'agent.read', 'task.report'),
    fc.oneof(task, other),
  )
  .filter(
    ([action, { type, id, parents: above }]) =>
      typesOf(action).includes(type) &&
      // Nothing belongs to itself.
      !above.some((one) => one.type === type && one.id === id),
  )

const RUNS = { numRuns: 120 }
const holds = (run: Parameters<typeof fc.assert>[0]) => fc.assert(run, RUNS)

describe('decisions', () => {
  test(
    'agree with a slow reference on random roles, grants, policies, scopes and objects',
    () =>
      fc.assert(
        fc.asyncProperty(world, question, async (given, [action, resource]) => {
          expect(await decided(given, action, resource)).toBe(
            referenceDecision(given, action, resource),
          )
        }),
        { numRuns: 600 },
      ),
    60_000,
  )

  test('what may never be done is done to nothing, and what is decided alike is so', () =>
    holds(
      fc.asyncProperty(world, question, async (given, [action, resource]) => {
        const authority = await authorityOf(given)
        const { isPermitted } = decide(given.principal, authority, action, resource)
        const isPossible = mayEver(given.principal, authority, action)
        if (isPermitted) expect(isPossible).toBe(true)
        if (!dependsOnObject(authority, action)) expect(isPossible).toBe(isPermitted)
      }),
    ))

  test.each(['forbid', 'permit'] as const)(
    '%s by the cost of what is asked for → decided for each object',
    async (effect) => {
      const cost: PolicyParts = {
        effect,
        principal: { op: 'all' },
        actions: null,
        resource: { op: 'all' },
        condition: { kind: 'cost_above', dollars: 0 },
        isNegated: false,
      }
      for (const isNegated of [false, true]) {
        const authority = await authorityOf({ ...plainWorld, policies: [{ ...cost, isNegated }] })
        expect(dependsOnObject(authority, 'task.read')).toBe(true)
        expect(mayEver(plainWorld.principal, authority, 'task.read')).toBe(true)
      }
      const hour: PolicyParts = { ...cost, condition: { kind: 'hour_below', hour: 3 } }
      const authority = await authorityOf({ ...plainWorld, policies: [hour] })
      expect(dependsOnObject(authority, 'task.read')).toBe(false)
    },
  )

  test('asked again, among other questions → the same answer as at first', () =>
    holds(
      fc.asyncProperty(
        world,
        fc.array(question, { minLength: 2, maxLength: 5 }),
        async (given, questions) => {
          const authority = await authorityOf(given)
          for (const [action, resource] of [...questions, ...questions]) {
            mayEver(given.principal, authority, action)
            expect(decide(given.principal, authority, action, resource).isPermitted).toBe(
              referenceDecision(given, action, resource),
            )
          }
        },
      ),
    ))

  test.each([
    ['the hour', 'context.hour < 6', '05:59:59.999', '06:00:00.000'],
    ['the weekday', 'context.weekday == "wed"', '23:59:59.999', '24:00:00.000'],
    [
      'the moment',
      'context.time < datetime("2026-07-01T05:30:30Z")',
      '05:30:29.999',
      '05:30:30.000',
    ],
  ])('%s is over → what was permitted is so no more', (_what, condition, during, after) => {
    let at = new Date()
    const text = `permit (principal, action, resource) when { ${condition} };`
    const policies = engine.compile([{ id: 'p', name: 'p', text }])
    const authority = new Authority({
      rules: { roles: compileRoles([]), role: null, grants: null, policies },
      circumstances: { ip: null, credential: 'key' },
      clock: { now: () => at },
      sample: null,
    })
    const [me] = fc.sample(principal, 1)
    const may = (time: string) => {
      at = new Date(`2026-07-01T${time}Z`)
      const somebody = { ...(me as Principal), scopes: null }
      return decide(somebody, authority, 'task.read', neutralResource('Task', 't1')).isPermitted
    }
    expect([may(during), may(during), may(after)]).toEqual([true, true, false])
  })

  test('adding a forbid never permits more', () =>
    holds(
      fc.asyncProperty(
        world,
        policyOf(fc.constant('forbid')),
        question,
        async (given, forbid, [action, resource]) => {
          const more = { ...given, policies: [...given.policies, forbid] }
          if (await decided(more, action, resource))
            expect(await decided(given, action, resource)).toBe(true)
        },
      ),
    ))

  test('removing a permit, a grant or a permission never permits more', () =>
    holds(
      fc.asyncProperty(
        world,
        policyOf(fc.constant('permit'), 0),
        fc.tuple(grant, role),
        question,
        async (less, permit, [granted, permissive], [action, resource]) => {
          const more: World = {
            ...less,
            policies: [...less.policies, permit],
            grants: [...less.grants, granted],
            roles: less.roles.map((one) => ({
              ...one,
              permissions: [...one.permissions, ...permissive.permissions],
            })),
          }
          if (await decided(less, action, resource))
            expect(await decided(more, action, resource)).toBe(true)
        },
      ),
    ))

  test('inheriting from one more role never permits less, where no policy asks for roles', () =>
    holds(
      fc.asyncProperty(
        world,
        anyOf(...BUILT_IN_ROLES),
        question,
        async (given, heir, [action, resource]) => {
          const policies = given.policies.map((policy): PolicyParts => ({
            ...policy,
            principal: { op: 'all' },
          }))
          const less = { ...given, policies }
          const roles = given.roles.map((one) => ({ ...one, inherits: [...one.inherits, heir] }))
          if (await decided(less, action, resource))
            expect(await decided({ ...less, roles }, action, resource)).toBe(true)
        },
      ),
    ))

  test('a grant that has ended changes nothing', () =>
    holds(
      fc.asyncProperty(
        world,
        grant,
        fc.nat(1_000_000),
        question,
        async (given, granted, agoMs, [action, resource]) => {
          const ended = { ...granted, expiresAt: new Date(given.now.getTime() - agoMs) }
          const more = { ...given, grants: [...given.grants, ended] }
          expect(await decided(more, action, resource)).toBe(await decided(given, action, resource))
        },
      ),
    ))

  test('a grant ends within an authority that was found while it held', async () => {
    let at = now
    const expiresAt = new Date(now.getTime() + 1_000)
    const [granted] = fc.sample(grant, 1)
    const resource = neutralResource('Task', 't1')
    const grants = compileGrants([
      {
        ...(granted as GrantRecord),
        actions: ['task.cancel'],
        resource: { type: 'Task', id: 't1' },
        expiresAt,
      },
    ])
    const authority = new Authority({
      rules: { roles: compileRoles([]), role: null, grants, policies: null },
      circumstances: { ip: null, credential: 'key' },
      clock: { now: () => at },
      sample: null,
    })
    const [me] = fc.sample(principal, 1)
    const may = () =>
      decide({ ...(me as Principal), scopes: null }, authority, 'task.cancel', resource)
    expect(may()).toEqual({ isPermitted: true, by: 'grant', grantId: 'g' })
    at = new Date(expiresAt.getTime() - 1)
    expect(may().isPermitted).toBe(true)
    at = expiresAt
    expect(may()).toEqual({ isPermitted: false, by: 'nothing' })
  })

  test('every action may be decided on every type that it is done to, without an error', async () => {
    const policies = engine.compile([
      {
        id: 'p',
        name: 'p',
        text: 'permit (principal, action, resource) when { context.hour >= 0 };',
      },
    ])
    const authority = new Authority({
      rules: { roles: compileRoles([]), role: null, grants: null, policies },
      circumstances: { ip: '2001:db8:0:0::/64', credential: 'session' },
      clock: { now: () => now },
      sample: null,
    })
    const [me] = fc.sample(principal, 1)
    const everybody = { ...(me as Principal), scopes: null }
    for (const action of ACTIONS)
      for (const type of typesOf(action))
        expect(decide(everybody, authority, action, neutralResource(type, 'x'))).toEqual({
          isPermitted: true,
          by: 'policy',
          policyIds: ['p'],
        })
  })

  test('what the reference writes is what our own check calls sound', () =>
    fc.assert(
      fc.asyncProperty(policyOf(anyOf('permit', 'forbid')), async (policy) => {
        const { problems } = checkPolicy(cedarText(policy))
        const faults = problems.filter(
          // A head may name what can never come together; that is no more than a warning.
          ({ severity, message }) => severity === 'error' && !/impossible|applicable/.test(message),
        )
        expect(faults).toEqual([])
      }),
      { numRuns: 60 },
    ))
})
