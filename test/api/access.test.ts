import type { Client, CreateRole } from '@cadre/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

// Principals have roles by name; those of the tenant's own come and go with each test.
const ROLES = ['viewer', 'developer', 'supervisor', 'guest', 'keeper'] as const
const keyOf = (role: string) => `key-of-the-${role}-in-the-access-tests`
const OTHER_KEY = 'key-of-the-other-tenant-in-the-access-tests'
const ABSENT = '00000000-0000-4000-8000-000000000000'

let cadre: RunningCadre
let admin: Client
let as: (role: (typeof ROLES)[number]) => Client
let agents: { red: string; blue: string }
let tasks: { red: string; blue: string; live: string }

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: [
        { tenant: 'other', role: 'admin', key: OTHER_KEY },
        ...ROLES.map((role) => ({ tenant: 'default', role, key: keyOf(role) })),
      ],
    },
  )
  admin = cadre.client
  as = (role) => cadre.clientOf(keyOf(role))
  const red = await registerRemote(admin, 'red')
  const blue = await registerRemote(admin, 'blue')
  agents = { red: red.id, blue: blue.id }
  const create = async (agent_id: string, tags: string[]) =>
    (await admin.tasks.create({ agent_id, tags })).id
  tasks = {
    red: await create(agents.red, []),
    blue: await create(agents.blue, []),
    live: await create(agents.blue, ['live']),
  }
})
afterAll(async () => {
  await cadre.stop()
})
afterEach(async () => {
  for (const policy of (await admin.policies.list()).items) {
    if (policy.active_version !== null)
      await admin.policies.deactivate(policy.id, { confirm_changes: 1_000 })
    await admin.policies.remove(policy.id)
  }
  for (const grant of (await admin.grants.list({ limit: 100 })).items)
    await admin.grants.remove(grant.id)
  const own = (await admin.roles.list()).items.filter((role) => !role.is_built_in)
  for (const role of own) await admin.roles.replace(role.name, {})
  for (const name of ['middle', 'top', 'base']) await admin.roles.remove(name).catch(() => null)
})

/** What a refusal says, in one line. */
const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'permitted',
    (error: { status: number; code: string }) => `${error.status} ${error.code}`,
  )
const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'permitted',
    ({ message }: Error) => message,
  )
const idOf = async (client: Client) => (await client.session.whoAmI()).principal_id
const put = async (role: CreateRole) => {
  const isThere = (await admin.roles.list()).items.some(({ name }) => name === role.name)
  const { name, ...rest } = role
  return isThere ? admin.roles.replace(name, rest) : admin.roles.create(role)
}
const taskIds = async (client: Client) =>
  (await client.tasks.list({ limit: 100 })).items.map(({ id }) => id)
const activate = async (name: string, text: string, client = admin) => {
  const policy = await client.policies.create({ name, text })
  await client.policies.activate(policy.id, { confirm_changes: 1_000 })
  return policy
}

describe('roles', () => {
  test('a role that is not there → its holder may do nothing', async () => {
    expect(await refusal(as('guest').tasks.get(tasks.red))).toBe('403 access.forbidden')
    expect((await as('guest').session.whoAmI()).actions).toEqual([])
  })

  test('created, replaced → takes effect at once, and the session tells it', async () => {
    await put({ name: 'guest', permissions: [{ actions: ['task.*'] }] })
    expect((await as('guest').session.whoAmI()).actions).toEqual([
      'task.cancel',
      'task.create',
      'task.execute',
      'task.read',
      'task.report',
    ])
    expect(await refusal(as('guest').tasks.get(tasks.red))).toBe('permitted')
    expect(await refusal(as('guest').agents.list())).toBe('403 access.forbidden')
    await put({ name: 'guest', inherits: ['viewer'] })
    expect(await refusal(as('guest').agents.list())).toBe('permitted')
    expect(await refusal(as('guest').tasks.cancel(tasks.red))).toBe('403 access.forbidden')
  })

  test('permission on one object → that and what belongs to it, and nothing else is there', async () => {
    const resource = { type: 'Agent', id: agents.red } as const
    await put({ name: 'guest', permissions: [{ actions: ['task.read', 'agent.read'], resource }] })
    const guest = as('guest')
    expect(await taskIds(guest)).toEqual([tasks.red])
    expect((await guest.agents.list()).items.map(({ name }) => name)).toEqual(['red'])
    expect((await guest.agents.list()).total).toBeUndefined()
    expect((await guest.agents.search('e')).agents.map(({ name }) => name)).toEqual(['red'])
    expect(await refusal(guest.tasks.get(tasks.blue))).toBe('404 task.not_found')
    expect(await refusal(guest.tasks.events(tasks.blue))).toBe('404 task.not_found')
    expect(await refusal(guest.agents.get('blue'))).toBe('404 agent.not_found')
    expect(await refusal(guest.agents.get(ABSENT))).toBe('404 agent.not_found')
    expect(await refusal(guest.tasks.create({ agent_id: 'red' }))).toBe('403 access.forbidden')
    expect(await refusal(guest.quarantine.groups())).toBe('403 access.forbidden')
  })

  test('inherits from itself through others → 422 with the way', async () => {
    await put({ name: 'base' })
    await put({ name: 'middle', inherits: ['base'] })
    await put({ name: 'top', inherits: ['viewer', 'middle'] })
    expect(await messageOf(admin.roles.replace('base', { inherits: ['top'] }))).toBe(
      'inherits: would run in a circle: base → top → middle → base',
    )
    expect(await messageOf(admin.roles.remove('middle'))).toMatch(/in use by the role top/)
  })

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'an action that there is not',
      () => put({ name: 'top', permissions: [{ actions: ['task.read', 'task.fly'] }] }),
      'permissions[0].actions[1]: there is no action task.fly',
    ],
    [
      'an object that it does not concern',
      () =>
        put({
          name: 'top',
          permissions: [{ actions: ['agent.*'], resource: { type: 'Queue', id: 'x' } }],
        }),
      'permissions[0].actions[0]: nothing of agent.* concerns a Queue',
    ],
    [
      'a parent that there is not',
      () => put({ name: 'top', inherits: ['viewer', 'nobody'] }),
      'inherits[1]: there is no role nobody',
    ],
    [
      'the name of a built-in role',
      () => admin.roles.create({ name: 'viewer' }),
      'There is a role called viewer already.',
    ],
    [
      'a change of a built-in role',
      () => admin.roles.replace('admin', {}),
      'The role admin is built in and never changes. Make one that inherits from it.',
    ],
    [
      'the removal of a built-in role',
      () => admin.roles.remove('agent'),
      'The role agent is built in and never changes. Make one that inherits from it.',
    ],
    [
      'a name that looks like another',
      () => admin.roles.create({ name: 'Viewer' }),
      'name: must begin with a letter and hold lower-case letters, digits and hyphens, 50 at the most',
    ],
    [
      'a prototype',
      () => put({ name: 'constructor', inherits: ['to-string'] }),
      'inherits[0]: there is no role to-string',
    ],
  ])('%s → refused, and says why', async (_case, call, message) => {
    expect(await messageOf(call())).toBe(message)
  })

  test('in use → 409 says by whom', async () => {
    await put({ name: 'guest' })
    expect(await messageOf(admin.roles.remove('guest'))).toMatch(/in use by default guest\./)
  })

  test('nobody hands out more than they have', async () => {
    const resource = { type: 'Agent', id: agents.red } as const
    await put({
      name: 'keeper',
      inherits: ['viewer'],
      permissions: [
        { actions: ['role.*', 'grant.*', 'policy.*'] },
        { actions: ['agent.manage'], resource },
      ],
    })
    const keeper = as('keeper')
    const reason = 'to try'
    const role = 'guest'
    expect(await refusal(as('supervisor').roles.create({ name: 'top' }))).toBe(
      '403 access.forbidden',
    )
    expect(await refusal(keeper.roles.create({ name: 'top', inherits: ['viewer'] }))).toBe(
      'permitted',
    )
    expect(await refusal(keeper.roles.create({ name: 'base', inherits: ['developer'] }))).toBe(
      '403 access.more_than_own',
    )
    expect(await refusal(keeper.roles.create({ name: 'base', inherits: ['agent'] }))).toBe(
      '403 access.more_than_own',
    )
    expect(
      await refusal(keeper.roles.replace('keeper', { permissions: [{ actions: ['*'] }] })),
    ).toBe('403 access.more_than_own')
    await put({ name: 'guest' })
    const other = { type: 'Agent', id: agents.blue } as const
    const actions = ['agent.manage']
    expect(await refusal(keeper.grants.create({ role, actions, resource: other, reason }))).toBe(
      '403 access.more_than_own',
    )
    expect(
      await refusal(keeper.grants.create({ role, actions: ['agent.*'], resource, reason })),
    ).toBe('403 access.more_than_own')
    expect(await refusal(keeper.grants.create({ role, actions, resource, reason }))).toBe(
      'permitted',
    )
    const permit = await keeper.policies.create({
      name: 'all',
      text: 'permit (principal, action, resource);',
    })
    expect(await refusal(keeper.policies.activate(permit.id, { confirm_changes: 1_000 }))).toBe(
      '403 access.more_than_own',
    )
    expect(
      (await admin.audit.list({ decision: 'denied', actor: 'default keeper' })).items.length,
    ).toBeGreaterThan(4)
  })
})

describe('grants', () => {
  const granted = async (actions: string[], resource: { type: 'Agent' | 'Task'; id: string }) =>
    admin.grants.create({
      principal_id: await idOf(as('guest')),
      actions,
      resource,
      reason: 'help',
    })

  test('only grants → exactly what is granted is there, until it is withdrawn', async () => {
    const guest = as('guest')
    const grant = await granted(['task.read', 'task.create'], { type: 'Agent', id: agents.blue })
    expect(await taskIds(guest)).toEqual([tasks.live, tasks.blue])
    expect(await refusal(guest.tasks.get(tasks.red))).toBe('404 task.not_found')
    expect(await refusal(guest.tasks.cancel(tasks.blue))).toBe('403 access.forbidden')
    expect(await refusal(guest.tasks.create({ agent_id: 'red' }))).toBe('403 access.forbidden')
    expect(
      await refusal(guest.tasks.createBatch([{ agent_id: 'blue' }, { agent_id: 'red' }])),
    ).toBe('403 access.forbidden')
    expect(
      await refusal(guest.tasks.create({ agent_id: 'blue', run_at: '2100-01-01T00:00:00Z' })),
    ).toBe('permitted')
    expect((await guest.session.whoAmI()).actions).toEqual(['task.create', 'task.read'])
    await admin.grants.remove(grant.id)
    expect(await refusal(guest.tasks.list())).toBe('403 access.forbidden')
    const { items } = await admin.audit.list({ resource: grant.id })
    expect(items.map(({ action }) => action)).toEqual(['grant.delete', 'grant.create'])
  })

  test.each<[string, object, string]>([
    ['to nobody', {}, 'principal_id: name either a principal or a role'],
    [
      'to two',
      { principal_id: ABSENT, role: 'viewer' },
      'principal_id: name either a principal or a role',
    ],
    [
      'to somebody who is not there',
      { principal_id: ABSENT },
      'principal_id: there is no such principal',
    ],
    ['to a role that is not there', { role: 'nobody' }, 'role: there is no role nobody'],
    [
      'that is over',
      { role: 'viewer', expires_at: '2020-01-01T00:00:00Z' },
      'expires_at: must be in the future',
    ],
    [
      'in another tenant',
      { role: 'viewer', tenant_id: ABSENT },
      'tenant_id: Unrecognized key: "tenant_id"',
    ],
  ])('%s → refused, naming the field', async (_case, fields, message) => {
    const resource = { type: 'Agent' as const, id: agents.blue }
    const grant = { actions: ['agent.read'], resource, reason: 'a test', ...fields }
    expect(await messageOf(admin.grants.create(grant))).toBe(message)
  })
})

describe('policies', () => {
  const FORBID_LIVE = `forbid (principal, action in Action::"task.*", resource)
    when { resource is Task && resource.tags.contains("live") };`

  test('a draft decides nothing; what would change is told, and must be confirmed', async () => {
    const developer = as('developer')
    await developer.tasks.get(tasks.live)
    const policy = await admin.policies.create({ name: 'live', text: FORBID_LIVE })
    expect(await refusal(developer.tasks.get(tasks.live))).toBe('permitted')
    const run = await admin.policies.dryRun({ activate: policy.id })
    expect(run).toMatchObject({ newly_permitted: 0, failed: 0, locks_out: false })
    expect(run.changes).toBeGreaterThan(0)
    expect(run.examples).toContainEqual(
      expect.objectContaining({
        principal_name: 'default developer',
        action: 'task.read',
        resource: { type: 'Task', id: tasks.live },
        before: 'permitted',
        after: 'refused',
        reason: 'Forbidden by the policy live.',
      }),
    )
    const unconfirmed = admin.policies.activate(policy.id, {})
    expect(await messageOf(unconfirmed)).toMatch(/recent decisions, \d+ would come out otherwise/)
    const active = await admin.policies.activate(policy.id, { confirm_changes: run.changes + 20 })
    expect(active.policy.active_version).toBe(1)
    expect(await refusal(developer.tasks.get(tasks.live))).toBe('404 task.not_found')
    expect(await refusal(developer.tasks.cancel(tasks.live))).toBe('404 task.not_found')
    expect(await refusal(developer.tasks.create({ agent_id: 'red', tags: ['live'] }))).toBe(
      '403 access.forbidden',
    )
    expect(await taskIds(developer)).not.toContain(tasks.live)
    expect(await taskIds(developer)).toContain(tasks.red)
    expect(await refusal(admin.policies.remove(policy.id))).toBe('409 policy.active')
    await admin.policies.revise(policy.id, {
      text: 'forbid (principal, action, resource) when { false };',
    })
    expect(await refusal(developer.tasks.get(tasks.live))).toBe('404 task.not_found')
    await admin.policies.deactivate(policy.id, { confirm_changes: 1_000 })
    expect(await refusal(developer.tasks.get(tasks.live))).toBe('permitted')
    const acts = (await admin.audit.list({ resource: policy.id })).items.map(({ action }) => action)
    expect(acts).toEqual(['policy.deactivate', 'policy.revise', 'policy.activate', 'policy.create'])
  })

  test('forbid wins over role and permit; who reads policies is told which', async () => {
    await activate('all', 'permit (principal, action == Action::"task.cancel", resource);')
    expect(await refusal(as('viewer').tasks.cancel(ABSENT))).toBe('404 task.not_found')
    const policy = await activate(
      'none',
      'forbid (principal, action == Action::"task.cancel", resource);',
    )
    const told = `A policy forbids task.cancel here`
    expect(await messageOf(as('developer').tasks.cancel(tasks.red))).toBe(`${told}.`)
    expect(await messageOf(admin.tasks.cancel(tasks.red))).toBe(`${told} (${policy.id}).`)
    expect((await admin.session.whoAmI()).actions).not.toContain('task.cancel')
  })

  test('a policy that fails refuses', async () => {
    // Runs over at every hour.
    const sum = '(context.hour + 1) * 9223372036854775807 + context.hour + 1'
    const text = `permit (principal, action == Action::"agent.read", resource) when { ${sum} > 0 };`
    await activate('fails', text)
    expect(await messageOf(admin.agents.get('red'))).toMatch(/^A policy about agent.read failed/)
    expect(await refusal(admin.tasks.list())).toBe('permitted')
  })

  test('conditions on the network and the credential', async () => {
    await activate(
      'sessions',
      `forbid (principal is User, action == Action::"queue.read", resource) when { context.credential == "key" };
       forbid (principal, action == Action::"workflow.read", resource)
         unless { context has ip && (context.ip.isInRange(ip("127.0.0.0/8")) || context.ip.isInRange(ip("::/0"))) };`,
    )
    expect(await refusal(admin.queues.list())).toBe('403 access.forbidden')
    expect(await refusal(admin.workflows.list())).toBe('permitted')
  })

  test('no administrator could manage policies any more → refused', async () => {
    const policy = await admin.policies.create({
      name: 'shut',
      text: 'forbid (principal, action == Action::"policy.manage", resource);',
    })
    expect((await admin.policies.dryRun({ activate: policy.id })).locks_out).toBe(true)
    expect(await refusal(admin.policies.activate(policy.id, { confirm_changes: 1_000 }))).toBe(
      '409 policy.locks_out',
    )
    expect(await refusal(admin.policies.get(policy.id))).toBe('permitted')
  })

  test('a text that is not sound → 422 with its place, and nothing is kept', async () => {
    const text = 'permit (principal,\n  action == Action::"task.fly", resource);'
    expect(await messageOf(admin.policies.create({ name: 'bad', text }))).toMatch(
      /^text: line 2, column 13: unrecognized action `Action::"task.fly"`/,
    )
    const deep = `permit (principal, action, resource) when { ${'('.repeat(2_000)} };`
    expect(await refusal(admin.policies.create({ name: 'deep', text: deep }))).toBe(
      '422 policy.invalid',
    )
    expect((await admin.policies.list()).items).toEqual([])
    expect((await admin.policies.schema()).text).toContain(
      'entity Task in [Agent, Run, Workflow, Schedule]',
    )
    expect(await refusal(as('developer').policies.list())).toBe('403 access.forbidden')
    expect(await refusal(as('supervisor').policies.create({ name: 'x', text }))).toBe(
      '403 access.forbidden',
    )
  })

  test('another tenant → sees and changes nothing of it', async () => {
    const stranger = cadre.clientOf(OTHER_KEY)
    const policy = await activate(
      'ours',
      'forbid (principal, action == Action::"queue.read", resource);',
    )
    await put({ name: 'top' })
    expect(await refusal(stranger.queues.list())).toBe('permitted')
    expect((await stranger.policies.list()).items).toEqual([])
    expect(await refusal(stranger.policies.get(policy.id))).toBe('404 policy.not_found')
    expect(await refusal(stranger.policies.deactivate(policy.id))).toBe('404 policy.not_found')
    expect(await refusal(stranger.policies.dryRun({ deactivate: policy.id }))).toBe(
      '404 policy.not_found',
    )
    expect(await refusal(stranger.roles.get('top'))).toBe('404 role.not_found')
    expect(await refusal(stranger.roles.remove('top'))).toBe('404 role.not_found')
    const resource = { type: 'Task', id: tasks.red } as const
    expect(await refusal(stranger.access.explain({ action: 'task.read', resource }))).toBe(
      '404 access.object_not_found',
    )
    const principal_id = await idOf(as('viewer'))
    expect(await messageOf(stranger.access.explain({ principal_id, action: 'task.read' }))).toBe(
      'principal_id: there is no such principal',
    )
  })
})

describe('explain', () => {
  test('names what determined it', async () => {
    const resource = { type: 'Task', id: tasks.blue } as const
    const principal_id = await idOf(as('guest'))
    const explain = () => admin.access.explain({ principal_id, action: 'task.cancel', resource })
    expect((await explain()).sentence).toBe(
      `default guest may not task.cancel on the Task ${tasks.blue}. Neither a role nor a grant nor a policy permits it.`,
    )
    const object = { type: 'Agent', id: agents.blue } as const
    const grant = await admin.grants.create({
      principal_id,
      actions: ['task.cancel'],
      resource: object,
      reason: 'help',
    })
    const permitted = await explain()
    expect(permitted.decision).toBe('permitted')
    expect(permitted.determined_by).toEqual([
      expect.objectContaining({ kind: 'grant', id: grant.id }),
    ])
    const policy = await activate(
      'calm',
      'forbid (principal, action == Action::"task.cancel", resource) unless { context.hour == 99 };',
    )
    const refused = await explain()
    expect(refused.decision).toBe('refused')
    expect(refused.determined_by).toEqual([
      expect.objectContaining({ kind: 'policy', id: policy.id, outcome: 'forbids' }),
    ])
    expect(refused.sentence).toMatch(/The policy calm forbids task.cancel\.$/)
    const own = await as('viewer').access.explain({ action: 'task.cancel' })
    expect(JSON.stringify(own)).not.toContain(policy.id)
    expect(own.decision).toBe('refused')
    expect(await refusal(as('viewer').access.explain({ principal_id, action: 'task.read' }))).toBe(
      '403 access.forbidden',
    )
    expect(await refusal(as('guest').access.explain({ action: 'task.read', resource }))).toBe(
      '404 access.object_not_found',
    )
    expect(await refusal(admin.access.explain({ action: 'task.fly' }))).toBe('422 request.invalid')
  })
})
