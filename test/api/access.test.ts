import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  idOf,
  messageOf,
  openAccessSite,
  taskIdsSeenBy,
  type AccessSite,
} from '../support/access-site.ts'
import { refusalOf } from '../support/people.ts'

const ABSENT = '00000000-0000-4000-8000-000000000000'

let site: AccessSite
let admin: AccessSite['admin']
let as: AccessSite['as']
let agents: AccessSite['agents']
let tasks: AccessSite['tasks']
let put: AccessSite['put']

beforeAll(async () => {
  site = await openAccessSite()
  ;({ admin, as, agents, tasks, put } = site)
})
afterEach(() => site.clear())
afterAll(() => site.close())

describe('roles', () => {
  test('a role that is not there → its holder may do nothing', async () => {
    expect(await refusalOf(as('guest').tasks.get(tasks.red))).toBe('403 access.forbidden')
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
    expect(await refusalOf(as('guest').tasks.get(tasks.red))).toBe('not refused')
    expect(await refusalOf(as('guest').agents.list())).toBe('403 access.forbidden')
    await put({ name: 'guest', inherits: ['viewer'] })
    expect(await refusalOf(as('guest').agents.list())).toBe('not refused')
    expect(await refusalOf(as('guest').tasks.cancel(tasks.red))).toBe('403 access.forbidden')
  })

  test('permission on one object → that and what belongs to it, and nothing else is there', async () => {
    const resource = { type: 'Agent', id: agents.red } as const
    await put({ name: 'guest', permissions: [{ actions: ['task.read', 'agent.read'], resource }] })
    const guest = as('guest')
    expect(await taskIdsSeenBy(guest)).toEqual([tasks.red])
    expect((await guest.agents.list()).items.map(({ name }) => name)).toEqual(['red'])
    expect((await guest.agents.list()).total).toBeUndefined()
    expect((await guest.agents.search('e')).agents.map(({ name }) => name)).toEqual(['red'])
    expect(await refusalOf(guest.tasks.get(tasks.blue))).toBe('404 task.not_found')
    expect(await refusalOf(guest.tasks.events(tasks.blue))).toBe('404 task.not_found')
    expect(await refusalOf(guest.agents.get('blue'))).toBe('404 agent.not_found')
    expect(await refusalOf(guest.agents.get(ABSENT))).toBe('404 agent.not_found')
    expect(await refusalOf(guest.tasks.create({ agent_id: 'red' }))).toBe('403 access.forbidden')
    expect(await refusalOf(guest.quarantine.groups())).toBe('403 access.forbidden')
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
    expect(await refusalOf(as('supervisor').roles.create({ name: 'top' }))).toBe(
      '403 access.forbidden',
    )
    expect(await refusalOf(keeper.roles.create({ name: 'top', inherits: ['viewer'] }))).toBe(
      'not refused',
    )
    expect(await refusalOf(keeper.roles.create({ name: 'base', inherits: ['developer'] }))).toBe(
      '403 access.more_than_own',
    )
    expect(await refusalOf(keeper.roles.create({ name: 'base', inherits: ['agent'] }))).toBe(
      '403 access.more_than_own',
    )
    expect(
      await refusalOf(keeper.roles.replace('keeper', { permissions: [{ actions: ['*'] }] })),
    ).toBe('403 access.more_than_own')
    await put({ name: 'guest' })
    const other = { type: 'Agent', id: agents.blue } as const
    const actions = ['agent.manage']
    expect(await refusalOf(keeper.grants.create({ role, actions, resource: other, reason }))).toBe(
      '403 access.more_than_own',
    )
    expect(
      await refusalOf(keeper.grants.create({ role, actions: ['agent.*'], resource, reason })),
    ).toBe('403 access.more_than_own')
    expect(await refusalOf(keeper.grants.create({ role, actions, resource, reason }))).toBe(
      'not refused',
    )
    const permit = await keeper.policies.create({
      name: 'all',
      text: 'permit (principal, action, resource);',
    })
    expect(await refusalOf(keeper.policies.activate(permit.id, { confirm_changes: 1_000 }))).toBe(
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
    expect(await taskIdsSeenBy(guest)).toEqual([tasks.live, tasks.blue])
    expect(await refusalOf(guest.tasks.get(tasks.red))).toBe('404 task.not_found')
    expect(await refusalOf(guest.tasks.cancel(tasks.blue))).toBe('403 access.forbidden')
    expect(await refusalOf(guest.tasks.create({ agent_id: 'red' }))).toBe('403 access.forbidden')
    expect(
      await refusalOf(guest.tasks.createBatch([{ agent_id: 'blue' }, { agent_id: 'red' }])),
    ).toBe('403 access.forbidden')
    expect(
      await refusalOf(guest.tasks.create({ agent_id: 'blue', run_at: '2100-01-01T00:00:00Z' })),
    ).toBe('not refused')
    expect((await guest.session.whoAmI()).actions).toEqual(['task.create', 'task.read'])
    await admin.grants.remove(grant.id)
    expect(await refusalOf(guest.tasks.list())).toBe('403 access.forbidden')
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
