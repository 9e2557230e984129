import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { refusalOf } from '../support/people.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
const OTHER_KEY = 'key-of-the-other-tenant-administrator'
const DEVELOPER_KEY = 'key-of-a-developer-in-the-default-tenant'

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    {
      CADRE_DEMO_AGENTS: 'false',
      CADRE_KEY_DAYS_MAX: '90',
    },
    {
      principals: [
        { tenant: 'other', role: 'admin', key: OTHER_KEY },
        { tenant: 'default', role: 'developer', key: DEVELOPER_KEY },
      ],
    },
  )
})
afterAll(async () => {
  await cadre.stop()
})

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
const works = async (key: string) =>
  (await refusalOf(cadre.clientOf(key).session.whoAmI())) === 'not refused'

describe('keys', () => {
  test('made for oneself → works, is listed without its secret, is recorded', async () => {
    const developer = cadre.clientOf(DEVELOPER_KEY)
    const { key, api_key } = await developer.keys.create({ label: 'laptop' })
    expect(await cadre.clientOf(key).session.whoAmI()).toMatchObject({ role: 'developer' })
    const { items } = await developer.keys.list()
    expect(items[0]).toMatchObject({ id: api_key.id, label: 'laptop', prefix: key.slice(6, 14) })
    expect(items[0]?.created_by_name).toBe('default developer')
    expect(JSON.stringify(items)).not.toContain(key.slice(20))
    const [record] = (await cadre.client.audit.list({ resource: api_key.id })).items
    expect(record).toMatchObject({ action: 'key.issue', after: { label: 'laptop', scopes: null } })
    expect(JSON.stringify(record)).not.toContain(key.slice(20))
  })

  test('scopes → narrow the role, never widen it, and are handed on', async () => {
    const developer = cadre.clientOf(DEVELOPER_KEY)
    const { key } = await developer.keys.create({
      label: 'narrow',
      scopes: ['task.read', 'key.*', 'member.manage'],
    })
    const narrow = cadre.clientOf(key)
    expect(await refusalOf(narrow.tasks.list())).toBe('not refused')
    expect(await refusalOf(narrow.agents.list())).toBe('403 access.forbidden')
    // The scope covers it, the role does not.
    expect(await refusalOf(narrow.invitations.list())).toBe('403 access.forbidden')
    const heir = await narrow.keys.create({ label: 'heir' })
    expect(heir.api_key.scopes).toEqual(['task.read', 'key.*', 'member.manage'])
    for (const scopes of [['*'], ['task.*'], ['task.read', 'agent.read']])
      expect(await refusalOf(narrow.keys.create({ label: 'wide', scopes }))).toBe(
        '403 access.scope_beyond_own',
      )
    expect((await narrow.keys.create({ label: 'x', scopes: ['key.manage_own'] })).key).toBeDefined()
    const [whole] = (await developer.keys.list({ limit: 100 })).items.filter(
      ({ label }) => label === 'laptop',
    )
    expect(await refusalOf(narrow.keys.rotate(whole?.id ?? ''))).toBe('403 access.scope_beyond_own')
    for (const scopes of [['task'], ['*.read'], ['TASK.read'], ['task.read; drop'], []])
      expect(await refusalOf(narrow.keys.create({ label: 'bad', scopes }))).toBe(
        '422 request.invalid',
      )
  })

  test('expiry: within the limit of the operator, by default the limit', async () => {
    const { api_key } = await cadre.client.keys.create({ label: 'default' })
    const daysLeft = (Date.parse(api_key.expires_at ?? '') - Date.now()) / 86_400_000
    expect(daysLeft).toBeCloseTo(90, 1)
    for (const expires_at of [inDays(91), inDays(-1)])
      expect(await refusalOf(cadre.client.keys.create({ label: 'x', expires_at }))).toBe(
        '422 request.invalid',
      )
  })

  test('revoked → stops at once; rotated → the next works, the one before for the overlap only', async () => {
    const made = await cadre.client.keys.create({ label: 'turning', scopes: ['*'] })
    const next = await cadre.client.keys.rotate(made.api_key.id)
    expect(next.api_key).toMatchObject({ label: 'turning', scopes: ['*'] })
    expect([await works(made.key), await works(next.key)]).toEqual([false, true])
    const third = await cadre.client.keys.rotate(next.api_key.id, { overlap_seconds: 600 })
    expect([await works(next.key), await works(third.key)]).toEqual([true, true])
    const { items } = await cadre.client.keys.list({ limit: 100 })
    const left = Date.parse(items.find(({ id }) => id === next.api_key.id)?.expires_at ?? '')
    expect((left - Date.now()) / 1_000).toBeCloseTo(600, -1)
    await cadre.client.keys.revoke(third.api_key.id)
    expect(await works(third.key)).toBe(false)
    expect(await refusalOf(cadre.client.keys.revoke(third.api_key.id))).toBe('404 key.not_found')
  })

  test('another’s keys: absent for who does not manage members, and for another tenant', async () => {
    const { api_key } = await cadre.client.keys.create({ label: 'administrator’s' })
    const developer = cadre.clientOf(DEVELOPER_KEY)
    for (const client of [developer, cadre.clientOf(OTHER_KEY)]) {
      expect(await refusalOf(client.keys.revoke(api_key.id))).toBe('404 key.not_found')
      expect(await refusalOf(client.keys.rotate(api_key.id))).toBe('404 key.not_found')
    }
    const me = await cadre.client.session.whoAmI()
    for (const of of ['all', me.principal_id])
      expect(await refusalOf(developer.keys.list({ of }))).toBe('403 access.forbidden')
    expect((await cadre.clientOf(OTHER_KEY).keys.list({ of: me.principal_id })).items).toEqual([])
    expect(await works(cadre.key)).toBe(true)
    const everybody = await cadre.client.keys.list({ of: 'all', limit: 100 })
    expect(
      new Set(everybody.items.map(({ principal_name }) => principal_name)).size,
    ).toBeGreaterThan(1)
  })

  test('an agent’s key: can be revoked here, is rotated at the agent only; agents make none', async () => {
    const agent = await registerRemote(cadre.client, 'keyed')
    const { items } = await cadre.client.keys.list({ of: agent.id })
    expect(items.map(({ label, created_by_name }) => [label, created_by_name])).toEqual([
      ['agent', null],
    ])
    const id = items[0]?.id ?? ''
    expect(await refusalOf(cadre.client.keys.rotate(id))).toBe('404 key.not_found')
    const own = cadre.clientOf(agent.key)
    expect(await refusalOf(own.keys.create({ label: 'more' }))).toBe('403 access.forbidden')
    await cadre.client.keys.revoke(id)
    expect(await works(agent.key)).toBe(false)
  })

  test.each([
    { label: 'x', tenant_id: 'x' },
    { label: 'x', principal_id: 'x' },
    { label: 'x', role: 'admin' },
    { label: 'x', created_by: 'x' },
    { label: 'line\r\nline' },
    { label: '' },
  ])('body %j → 422', async (body) => {
    const answer = await cadre.request('/api/v1/keys', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(422)
  })
})

describe('service accounts', () => {
  test('created, given a key, deleted → the key stops with it', async () => {
    const account = await cadre.client.serviceAccounts.create({ name: 'builds', role: 'developer' })
    const { key } = await cadre.client.keys.create({
      label: 'ci',
      service_account_id: account.id,
      scopes: ['task.*', 'key.manage_own'],
    })
    expect(await cadre.clientOf(key).session.whoAmI()).toMatchObject({
      kind: 'service',
      name: 'builds',
      role: 'developer',
      scopes: ['task.*', 'key.manage_own'],
    })
    const names = (await cadre.client.serviceAccounts.list()).items.map(({ name }) => name)
    expect(names).toEqual(['builds', 'local-cli'])
    for (const name of ['builds', 'local-cli', 'administrator'])
      expect(await refusalOf(cadre.client.serviceAccounts.create({ name, role: 'viewer' }))).toBe(
        '409 service_account.name_taken',
      )
    const other = cadre.clientOf(OTHER_KEY)
    const theft = other.keys.create({ label: 'x', service_account_id: account.id })
    expect(await refusalOf(theft)).toBe('404 service_account.not_found')
    expect(await refusalOf(other.serviceAccounts.remove(account.id))).toBe(
      '404 service_account.not_found',
    )
    await cadre.client.serviceAccounts.remove(account.id)
    expect(await works(key)).toBe(false)
  })

  test('changed: role at once, name once per tenant, disabled → its keys sleep; on record', async () => {
    const { serviceAccounts } = cadre.client
    const account = await serviceAccounts.create({ name: 'changing', role: 'viewer' })
    await serviceAccounts.create({ name: 'taken', role: 'viewer' })
    const { key } = await cadre.client.keys.create({ label: 'k', service_account_id: account.id })
    const own = cadre.clientOf(key)
    expect((await own.session.whoAmI()).role).toBe('viewer')
    const changed = await serviceAccounts.change(account.id, { name: 'changed', role: 'developer' })
    expect(changed).toMatchObject({ name: 'changed', role: 'developer', is_disabled: false })
    expect(await own.session.whoAmI()).toMatchObject({ name: 'changed', role: 'developer' })
    await serviceAccounts.change(account.id, { is_disabled: true })
    expect(await refusalOf(own.session.whoAmI())).toBe('401 access.unauthenticated')
    expect((await serviceAccounts.get(account.id)).is_disabled).toBe(true)
    await serviceAccounts.change(account.id, { is_disabled: false })
    expect((await own.session.whoAmI()).role).toBe('developer')
    const { items } = await cadre.client.audit.list({ resource: account.id, limit: 3 })
    expect(items.map(({ action, after }) => [action, after])).toEqual([
      ['service_account.change', expect.objectContaining({ is_disabled: false })],
      ['service_account.change', expect.objectContaining({ is_disabled: true })],
      ['service_account.change', { name: 'changed', role: 'developer', is_disabled: false }],
    ])

    for (const name of ['taken', 'administrator', 'local-cli'])
      expect(await refusalOf(serviceAccounts.change(account.id, { name }))).toBe(
        '409 service_account.name_taken',
      )
    expect(await refusalOf(serviceAccounts.change(account.id, { role: 'no-such-role' }))).toMatch(
      /^4\d\d /,
    )
    expect(await refusalOf(own.serviceAccounts.change(account.id, { role: 'admin' }))).toBe(
      '403 access.forbidden',
    )
    expect(
      await refusalOf(
        cadre.clientOf(OTHER_KEY).serviceAccounts.change(account.id, { role: 'viewer' }),
      ),
    ).toBe('404 service_account.not_found')
    const me = await cadre.client.session.whoAmI()
    expect(await refusalOf(serviceAccounts.change(me.principal_id, { role: 'viewer' }))).toBe(
      '404 service_account.not_found',
    )
  })

  test('who does not manage members: makes no account, and no key for one', async () => {
    const account = await cadre.client.serviceAccounts.create({ name: 'admins', role: 'admin' })
    const developer = cadre.clientOf(DEVELOPER_KEY)
    expect(
      await refusalOf(developer.serviceAccounts.create({ name: 'mine', role: 'viewer' })),
    ).toBe('403 access.forbidden')
    const wanted = { label: 'up', service_account_id: account.id }
    expect(await refusalOf(developer.keys.create(wanted))).toBe('403 access.forbidden')
    const { key } = await cadre.client.keys.create({ label: 'n', scopes: ['member.*', 'key.*'] })
    expect(await refusalOf(cadre.clientOf(key).keys.create(wanted))).toBe(
      '403 access.role_beyond_own',
    )
    const local = (await cadre.client.serviceAccounts.list()).items.find(
      ({ name }) => name === 'local-cli',
    )
    expect(await refusalOf(cadre.client.serviceAccounts.remove(local?.id ?? ''))).toBe(
      '409 member.built_in',
    )
  })
})
