import type { Client } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { invited, openBrowser, PASSWORD, refusalOf } from '../support/people.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
/** The administrators of two other tenants. */
let acme: Client
let globex: Client

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    {
      CADRE_DEMO_AGENTS: 'false',
      CADRE_RATE_PASSWORD_BURST: '100',
      CADRE_RATE_PASSWORD_PER_SECOND: '100',
    },
    {
      principals: [
        { tenant: 'acme', role: 'admin', key: 'key-of-the-administrator-of-acme' },
        { tenant: 'globex', role: 'admin', key: 'key-of-the-administrator-of-globex' },
      ],
    },
  )
  acme = cadre.clientOf('key-of-the-administrator-of-acme')
  globex = cadre.clientOf('key-of-the-administrator-of-globex')
})
afterAll(async () => {
  await cadre.stop()
})

const DISABLED = '401 access.unauthenticated'
const whoAmI = (shown: string) => refusalOf(cadre.clientOf(shown).session.whoAmI())
/** Signed in to a tenant in every way that there is. */
const credentialsOf = async (email: string, tenant: string) => {
  const browser = openBrowser(cadre)
  await browser.signIn({ email, password: PASSWORD, tenant })
  const answer = await browser.request('POST', '/keys', { label: 'own' })
  const { key } = (await answer.json()) as { key: string }
  const shown = { grant_type: 'password', email, password: PASSWORD, tenant } as const
  const tokens = await cadre.clientOf().tokens.request(shown)
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token } as const
  return {
    key,
    states: async () => [
      await browser.status('GET', '/session'),
      await whoAmI(key),
      await whoAmI(tokens.access_token),
    ],
    refresh: () => refusalOf(cadre.clientOf().tokens.request(refresh)),
  }
}

test('operator disables a member of two tenants → nothing is good in either; enabled → keys wake', async () => {
  const email = 'both@example.com'
  await invited(cadre, { email, by: acme })
  await invited(cadre, { email, by: globex, role: 'developer' })
  const [one, two] = [await credentialsOf(email, 'acme'), await credentialsOf(email, 'globex')]
  const states = async () => [...(await one.states()), ...(await two.states())]
  const good = [200, 'not refused', 'not refused']
  expect(await states()).toEqual([...good, ...good])

  const user = await cadre.client.users.get('Both@example.com')
  expect(user).toMatchObject({ email, is_disabled: false })
  expect(user.memberships.map(({ tenant, role }) => `${tenant} ${role}`)).toEqual([
    'acme viewer',
    'globex developer',
  ])
  // An administrator of one of them sees that one, and may not decide for the other.
  expect((await acme.users.get(email)).memberships.map(({ tenant }) => tenant)).toEqual(['acme'])
  for (const isDisabled of [true, false])
    expect(await refusalOf(acme.users.change(user.id, { is_disabled: isDisabled }))).toBe(
      '409 user.elsewhere',
    )

  expect(await cadre.client.users.change(email, { is_disabled: true })).toMatchObject({
    is_disabled: true,
    memberships: [{ is_disabled: true }, { is_disabled: true }],
  })
  const bad = [401, DISABLED, DISABLED]
  expect(await states()).toEqual([...bad, ...bad])
  expect([await one.refresh(), await two.refresh()]).toEqual([DISABLED, DISABLED])
  const signedIn = await openBrowser(cadre).signIn({ email, password: PASSWORD, tenant: 'acme' })
  expect([signedIn.status, signedIn.body.error.message]).toEqual([
    401,
    expect.stringContaining('disabled'),
  ])
  const { token } = await cadre.client.invitations.create({ email, role: 'admin' })
  expect(await refusalOf(cadre.clientOf().invitations.accept({ token, password: PASSWORD }))).toBe(
    DISABLED,
  )
  const [seen] = (await globex.members.list()).items.filter((member) => member.email === email)
  expect(seen).toMatchObject({ is_disabled: false, is_disabled_everywhere: true })
  // Enabling the member says nothing of the user.
  await globex.members.change(seen?.id ?? '', { is_disabled: true })
  await globex.members.change(seen?.id ?? '', { is_disabled: false })
  expect(await whoAmI(two.key)).toBe(DISABLED)

  await cadre.client.users.change(user.id, { is_disabled: false })
  expect(await states()).toEqual([401, 'not refused', DISABLED, 401, 'not refused', DISABLED])
  for (const of of [acme, globex, cadre.client]) {
    const { items } = await of.audit.list({ resource: user.id })
    expect(items.map(({ action }) => action)).toEqual(['user.enable', 'user.disable'])
  }
})

test('administrator of the only tenant → may; others do not know the user; who is less may not', async () => {
  const email = 'one@example.com'
  await invited(cadre, { email, by: acme, role: 'admin' })
  const { key, states } = await credentialsOf(email, 'acme')
  expect(await refusalOf(globex.users.get(email))).toBe('404 user.not_found')
  expect(await refusalOf(globex.users.change(email, { is_disabled: true }))).toBe(
    '404 user.not_found',
  )
  const account = await acme.serviceAccounts.create({ name: 'reader', role: 'viewer' })
  const made = await acme.keys.create({ label: 'reader', service_account_id: account.id })
  const reader = cadre.clientOf(made.key).users
  expect(await refusalOf(reader.change(email, { is_disabled: true }))).toBe('403 access.forbidden')
  await acme.roles.create({
    name: 'people',
    inherits: ['viewer'],
    permissions: [{ actions: ['member.manage'] }],
  })
  const lesser = await acme.serviceAccounts.create({ name: 'people', role: 'people' })
  const theirs = await acme.keys.create({ label: 'people', service_account_id: lesser.id })
  expect(
    await refusalOf(cadre.clientOf(theirs.key).users.change(email, { is_disabled: true })),
  ).toMatch(/^403/)
  await acme.users.change(email, { is_disabled: true })
  expect(await states()).toEqual([401, DISABLED, DISABLED])
  expect(await whoAmI(key)).toBe(DISABLED)
  for (const nobody of ['nobody@example.com', account.id, "' or 1=1 --", 'x'.repeat(254)])
    expect(await refusalOf(cadre.client.users.get(nobody))).toBe('404 user.not_found')
})

test('last administrator of a tenant → stays, also for the operator; who is disabled does not count', async () => {
  const { admin } = await cadre.client.tenants.create({ name: 'tiny', admin: { name: 'first' } })
  const first = cadre.clientOf(admin.key)
  await invited(cadre, { email: 'tiny-one@example.com', by: first, role: 'admin' })
  await invited(cadre, { email: 'tiny-two@example.com', by: first, role: 'admin' })
  const { users } = cadre.client
  expect((await users.change('tiny-one@example.com', { is_disabled: true })).is_disabled).toBe(true)
  expect(await refusalOf(users.change('tiny-two@example.com', { is_disabled: true }))).toBe(
    '409 member.last_administrator',
  )
})
