import type { TenantId } from '@cadre/contract'
import { ACTIONS, typesOf } from '../src/features/access/actions.ts'
import { Authority, decide } from '../src/features/access/authority.ts'
import { compileGrants } from '../src/features/access/grants.ts'
import { createPolicyEngine } from '../src/features/access/policy-engine.ts'
import type { Resource } from '../src/features/access/resource.ts'
import { compileRoles } from '../src/features/access/roles.ts'
import type { Principal } from '../src/platform/web/context.ts'
import { percentile } from './figures.ts'

const POLICIES = 200
const WARM_UP = 2_000
const DECISIONS = 20_000

const principal: Principal = {
  id: '00000000-0000-4000-8000-00000000000a',
  tenantId: '00000000-0000-4000-8000-000000000001' as TenantId,
  kind: 'user',
  name: 'somebody',
  role: 'developer',
  scopes: null,
}
const task: Resource<'Task'> = {
  type: 'Task',
  id: '00000000-0000-4000-8000-0000000000aa',
  parents: [
    { type: 'Agent', id: '00000000-0000-4000-8000-0000000000bb' },
    { type: 'Run', id: '00000000-0000-4000-8000-0000000000cc' },
    { type: 'Workflow', id: 'nightly-report' },
  ],
  attributes: {
    kind: 'queued',
    status: 'TODO',
    priority: 'medium',
    capability: '',
    tags: ['live', 'eu'],
    cost: '0.002500',
  },
}

/** One of each of a tenant's habits: tags, hours, networks, agents, amounts. */
const conditionOf = (place: number, type: string): string =>
  [
    type === 'Task' ? `resource.tags.contains("t${place}")` : `principal.name == "n${place}"`,
    `context.hour > 24`,
    `context has ip && context.ip.isInRange(ip("203.0.113.${place % 256}/32"))`,
    `principal in Role::"role-${place}"`,
    `context.cost.greaterThan(decimal("${1_000 + place}.0"))`,
  ][place % 5] ?? 'false'

const spread = (place: number): string => {
  const action = ACTIONS[place % ACTIONS.length] ?? 'task.read'
  const [type] = typesOf(action)
  return `forbid (principal, action == Action::"${action}", resource is ${type}) when { ${conditionOf(place, type)} };`
}
const onOne = (place: number): string =>
  `forbid (principal, action == Action::"task.read", resource is Task) when { ${conditionOf(place, 'Task')} };`

/** What a decision costs by itself: it stands in the way of every request. */
export const benchAccess = (): void => {
  const engine = createPolicyEngine()
  const measure = (
    name: string,
    textOf: ((place: number) => string) | null,
    { grants = 0, isRepeated = false } = {},
  ) => {
    const texts =
      textOf === null ? [] : Array.from({ length: POLICIES }, (_, place) => textOf(place))
    const policies = engine.compile(
      texts.map((text, place) => ({ id: `p${place}`, name: `p${place}`, text })),
    )
    const authority = new Authority({
      rules: {
        roles: compileRoles([]),
        role: compileRoles([]).get(principal.role) ?? null,
        grants: compileGrants(Array.from({ length: grants }, (_, place) => grantOn(place))),
        policies,
      },
      circumstances: { ip: '192.0.2.1', credential: 'key' },
      clock: { now: () => new Date() },
      sample: null,
    })
    const times: number[] = []
    for (let round = -WARM_UP; round < DECISIONS; round++) {
      const object = isRepeated ? task : { ...task, id: `${task.id}${round}` }
      const began = performance.now()
      const { isPermitted } = decide(principal, authority, 'task.read', object)
      const took = performance.now() - began
      if (!isPermitted) throw new Error(`${name}: refused, so something else was measured`)
      if (round >= 0) times.push(took)
    }
    const [p50, p99] = [0.5, 0.99].map((fraction) => percentile(times, fraction).toFixed(4))
    console.log(`${name}: p50 ${p50} ms, p99 ${p99} ms`)
  }
  measure('decision, built-in roles only', null)
  measure('decision, 200 grants', null, { grants: 200 })
  measure('decision, 200 policies over all actions', spread)
  measure('the same, on the same object again', spread, { isRepeated: true })
  measure('decision, 200 policies that all speak of this very action', onOne)
  measure('the same, on the same object again', onOne, { isRepeated: true })
}

const grantOn = (place: number) => ({
  id: `g${place}`,
  tenantId: principal.tenantId,
  principalId: principal.id,
  role: null,
  actions: ['task.*'],
  resource: { type: 'Task' as const, id: `t${place}` },
  expiresAt: null,
  reason: 'a bench',
  createdBy: principal.id,
  createdByName: principal.name,
  createdAt: new Date(0),
})
