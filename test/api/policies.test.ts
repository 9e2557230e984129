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
let activate: AccessSite['activate']

beforeAll(async () => {
  site = await openAccessSite()
  ;({ admin, as, agents, tasks, put, activate } = site)
})
afterEach(() => site.clear())
afterAll(() => site.close())

describe('policies', () => {
  const FORBID_LIVE = `forbid (principal, action in Action::"task.*", resource)
    when { resource is Task && resource.tags.contains("live") };`

  test('a draft decides nothing; what would change is told, and must be confirmed', async () => {
    const developer = as('developer')
    await developer.tasks.get(tasks.live)
    const policy = await admin.policies.create({ name: 'live', text: FORBID_LIVE })
    expect(await refusalOf(developer.tasks.get(tasks.live))).toBe('not refused')
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
    expect(await refusalOf(developer.tasks.get(tasks.live))).toBe('404 task.not_found')
    expect(await refusalOf(developer.tasks.cancel(tasks.live))).toBe('404 task.not_found')
    expect(await refusalOf(developer.tasks.create({ agent_id: 'red', tags: ['live'] }))).toBe(
      '403 access.forbidden',
    )
    expect(await taskIdsSeenBy(developer)).not.toContain(tasks.live)
    expect(await taskIdsSeenBy(developer)).toContain(tasks.red)
    expect(await refusalOf(admin.policies.remove(policy.id))).toBe('409 policy.active')
    await admin.policies.revise(policy.id, {
      text: 'forbid (principal, action, resource) when { false };',
    })
    expect(await refusalOf(developer.tasks.get(tasks.live))).toBe('404 task.not_found')
    await admin.policies.deactivate(policy.id, { confirm_changes: 1_000 })
    expect(await refusalOf(developer.tasks.get(tasks.live))).toBe('not refused')
    const acts = (await admin.audit.list({ resource: policy.id })).items.map(({ action }) => action)
    expect(acts).toEqual(['policy.deactivate', 'policy.revise', 'policy.activate', 'policy.create'])
  })

  test('forbid wins over role and permit; who reads policies is told which', async () => {
    await activate('all', 'permit (principal, action == Action::"task.cancel", resource);')
    expect(await refusalOf(as('viewer').tasks.cancel(ABSENT))).toBe('404 task.not_found')
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
    expect(await refusalOf(admin.tasks.list())).toBe('not refused')
  })

  test('conditions on the network and the credential', async () => {
    await activate(
      'sessions',
      `forbid (principal is User, action == Action::"queue.read", resource) when { context.credential == "key" };
       forbid (principal, action == Action::"workflow.read", resource)
         unless { context has ip && (context.ip.isInRange(ip("127.0.0.0/8")) || context.ip.isInRange(ip("::/0"))) };`,
    )
    expect(await refusalOf(admin.queues.list())).toBe('403 access.forbidden')
    expect(await refusalOf(admin.workflows.list())).toBe('not refused')
  })

  test('no administrator could manage policies any more → refused', async () => {
    const policy = await admin.policies.create({
      name: 'shut',
      text: 'forbid (principal, action == Action::"policy.manage", resource);',
    })
    expect((await admin.policies.dryRun({ activate: policy.id })).locks_out).toBe(true)
    expect(await refusalOf(admin.policies.activate(policy.id, { confirm_changes: 1_000 }))).toBe(
      '409 policy.locks_out',
    )
    expect(await refusalOf(admin.policies.get(policy.id))).toBe('not refused')
  })

  test('a text that is not sound → 422 with its place, and nothing is kept', async () => {
    const text = 'permit (principal,\n  action == Action::"task.fly", resource);'
    expect(await messageOf(admin.policies.create({ name: 'bad', text }))).toMatch(
      /^text: line 2, column 13: unrecognized action `Action::"task.fly"`/,
    )
    const deep = `permit (principal, action, resource) when { ${'('.repeat(2_000)} };`
    expect(await refusalOf(admin.policies.create({ name: 'deep', text: deep }))).toBe(
      '422 policy.invalid',
    )
    expect((await admin.policies.list()).items).toEqual([])
    expect((await admin.policies.schema()).text).toContain(
      'entity Task in [Agent, Run, Workflow, Schedule]',
    )
    expect(await refusalOf(as('developer').policies.list())).toBe('403 access.forbidden')
    expect(await refusalOf(as('supervisor').policies.create({ name: 'x', text }))).toBe(
      '403 access.forbidden',
    )
  })

  test('another tenant → sees and changes nothing of it', async () => {
    const { stranger } = site
    const policy = await activate(
      'ours',
      'forbid (principal, action == Action::"queue.read", resource);',
    )
    await put({ name: 'top' })
    expect(await refusalOf(stranger.queues.list())).toBe('not refused')
    expect((await stranger.policies.list()).items).toEqual([])
    expect(await refusalOf(stranger.policies.get(policy.id))).toBe('404 policy.not_found')
    expect(await refusalOf(stranger.policies.deactivate(policy.id))).toBe('404 policy.not_found')
    expect(await refusalOf(stranger.policies.dryRun({ deactivate: policy.id }))).toBe(
      '404 policy.not_found',
    )
    expect(await refusalOf(stranger.roles.get('top'))).toBe('404 role.not_found')
    expect(await refusalOf(stranger.roles.remove('top'))).toBe('404 role.not_found')
    const resource = { type: 'Task', id: tasks.red } as const
    expect(await refusalOf(stranger.access.explain({ action: 'task.read', resource }))).toBe(
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
    expect(
      await refusalOf(as('viewer').access.explain({ principal_id, action: 'task.read' })),
    ).toBe('403 access.forbidden')
    expect(await refusalOf(as('guest').access.explain({ action: 'task.read', resource }))).toBe(
      '404 access.object_not_found',
    )
    expect(await refusalOf(admin.access.explain({ action: 'task.fly' }))).toBe(
      '422 request.invalid',
    )
  })
})
