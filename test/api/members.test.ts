import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '@cadre/contract'
import { invited, openBrowser, PASSWORD, refusalOf } from '../support/people.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
/** The administrator of another tenant. */
let other: Client
const OTHER_KEY = 'key-of-the-other-tenant-administrator'
const SMALL_KEY = 'key-of-the-only-administrator-of-a-tenant'
const SUPERVISOR_KEY = 'key-of-a-supervisor-in-the-default-tenant'
const NEW_PASSWORD = 'entirely other words'

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    {
      CADRE_DEMO_AGENTS: 'false',
      CADRE_PUBLIC_URL: 'https://cadre.example/',
      CADRE_RATE_PASSWORD_BURST: '100',
      CADRE_RATE_PASSWORD_PER_SECOND: '100',
    },
    {
      principals: [
        { tenant: 'other', role: 'admin', key: OTHER_KEY },
        { tenant: 'small', role: 'admin', key: SMALL_KEY },
        { tenant: 'default', role: 'supervisor', key: SUPERVISOR_KEY },
      ],
    },
  )
  other = cadre.clientOf(OTHER_KEY)
})
afterAll(async () => {
  await cadre.stop()
})

const signIn = (email: string, password = PASSWORD, tenant?: string) =>
  openBrowser(cadre).signIn({ email, password, tenant })
const latest = async (action: string) => (await cadre.client.audit.list({ action })).items[0]

describe('invitations', () => {
  test('invite, accept, sign in → a member with the role, recorded, and no token kept', async () => {
    const { invitation, token, link } = await cadre.client.invitations.create({
      email: ' Ada@Example.com ',
      role: 'developer',
    })
    expect(invitation).toMatchObject({ email: 'ada@example.com', status: 'pending' })
    expect(link).toBe(`https://cadre.example/invitation#${token}`)
    const accepted = await cadre.clientOf().invitations.accept({
      token,
      password: PASSWORD,
      name: 'Ada',
    })
    expect(accepted).toMatchObject({ tenant: 'default', member: { name: 'Ada' } })
    expect(await signIn('ADA@example.com')).toMatchObject({
      status: 200,
      body: { name: 'Ada', role: 'developer', kind: 'user', scopes: null },
    })
    expect(await cadre.client.members.get(accepted.member.id)).toMatchObject({
      email: 'ada@example.com',
      has_password: true,
      is_disabled: false,
      last_sign_in_at: expect.any(String),
    })
    expect(
      await refusalOf(cadre.clientOf().invitations.accept({ token, password: PASSWORD })),
    ).toBe('404 link.unknown')
    expect(await latest('invitation.accept')).toMatchObject({
      actor: { name: 'Ada', role: 'developer' },
      resource: { name: 'ada@example.com' },
    })
    const records = JSON.stringify((await cadre.client.audit.list({ limit: 100 })).items)
    for (const secret of [token, PASSWORD]) expect(records).not.toContain(secret)
  })

  test('revoked, unknown or for who is here already → refused; one waits per address', async () => {
    const { invitation, token } = await cadre.client.invitations.create({
      email: 'late@example.com',
      role: 'viewer',
    })
    expect(
      await refusalOf(
        cadre.client.invitations.create({ email: 'LATE@example.com', role: 'viewer' }),
      ),
    ).toBe('409 invitation.exists')
    await cadre.client.invitations.revoke(invitation.id)
    const accept = (shown: string) =>
      refusalOf(cadre.clientOf().invitations.accept({ token: shown, password: PASSWORD }))
    expect(await accept(token)).toBe('404 link.unknown')
    expect(await accept('cadre_invite_unknown')).toBe('404 link.unknown')
    expect(await refusalOf(cadre.client.invitations.revoke(invitation.id))).toBe(
      '404 invitation.not_found',
    )
    await invited(cadre, { email: 'here@example.com' })
    expect(
      await refusalOf(
        cadre.client.invitations.create({ email: 'here@example.com', role: 'viewer' }),
      ),
    ).toBe('409 member.exists')
    const { items } = await cadre.client.invitations.list()
    expect(items.map(({ email, status }) => [email, status])).toEqual(
      expect.arrayContaining([
        ['late@example.com', 'revoked'],
        ['here@example.com', 'accepted'],
      ]),
    )
  })

  test('somebody who has an account → proves its password, then chooses a tenant at sign-in', async () => {
    await invited(cadre, { email: 'both@example.com' })
    const { token } = await other.invitations.create({ email: 'both@example.com', role: 'admin' })
    const open = cadre.clientOf()
    expect(await refusalOf(open.invitations.accept({ token, password: NEW_PASSWORD }))).toBe(
      '401 access.unauthenticated',
    )
    expect((await open.invitations.accept({ token, password: PASSWORD })).tenant).toBe('other')
    const undecided = await signIn('both@example.com')
    expect(undecided).toMatchObject({
      status: 409,
      body: { error: { code: 'session.tenant_needed' } },
    })
    expect(undecided.body.error.details?.map(({ message }) => message.split(' ')[0])).toEqual([
      'default',
      'other',
    ])
    expect((await signIn('both@example.com', PASSWORD, 'other')).body.role).toBe('admin')
    expect((await signIn('both@example.com', PASSWORD, 'default')).body.role).toBe('viewer')
    expect((await signIn('both@example.com', 'not the password', 'other')).status).toBe(401)
  })

  test.each([
    ['123456789012', 'tried first'],
    ['PasswordPassword', 'tried first'],
    ['abcabcabcabc', 'repeated'],
    ['weak.person1', 'made of the e-mail address'],
    ['short', 'at least'],
  ])('password %s → 422 that says %s; the invitation stays good', async (password, reason) => {
    const { invitation, token } = await cadre.client.invitations.create({
      email: 'weak.person@example.com',
      role: 'viewer',
    })
    const answer = cadre.clientOf().invitations.accept({ token, password })
    await expect(answer).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining(reason),
    })
    await cadre.client.invitations.revoke(invitation.id)
  })

  test('lines, directions and other fields in bodies → 422, and nothing happens', async () => {
    const post = async (path: string, body: object) =>
      (
        await cadre.request(`/api/v1${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).status
    const sound = { email: 'eve@example.com', role: 'viewer' }
    for (const hostile of [
      { ...sound, email: 'eve@example.com\r\nBcc: all@example.com' },
      { ...sound, email: 'eve\u0000@example.com' },
      { ...sound, email: 'no address' },
      { ...sound, tenant_id: '00000000-0000-4000-8000-000000000000' },
      { ...sound, kind: 'agent' },
      { ...sound, is_disabled: false },
      { ...sound, created_by_name: 'somebody' },
      { ...sound, expires_in_hours: 100_000 },
    ])
      expect([hostile, await post('/invitations', hostile)]).toEqual([hostile, 422])
    for (const name of ['line\nline', 'a\u202eb', ' padded ', '\u0007', 'x'.repeat(101)])
      expect([name, await post('/service-accounts', { name, role: 'viewer' })]).toEqual([name, 422])
    expect(await post('/members', { ...sound, password: PASSWORD, user_id: 'x' })).toBe(422)
  })
})

describe('members', () => {
  test('operator: creates the first user at once; another tenant’s administrator may not', async () => {
    const wanted = { email: 'first@example.com', role: 'admin', password: PASSWORD }
    expect(await cadre.client.members.create(wanted)).toMatchObject({ has_password: true })
    expect((await signIn('first@example.com')).body.role).toBe('admin')
    expect(await refusalOf(cadre.client.members.create(wanted))).toBe('409 member.exists')
    expect(await refusalOf(other.members.create({ ...wanted, email: 'x@example.com' }))).toBe(
      '403 member.invite_instead',
    )
  })

  test('role changed → at once, for sessions that are open as well', async () => {
    const id = await invited(cadre, { email: 'grows@example.com' })
    const browser = openBrowser(cadre)
    await browser.signIn({ email: 'grows@example.com', password: PASSWORD })
    expect(await browser.status('POST', '/agents', { name: 'grown', runtime: 'remote' })).toBe(403)
    await cadre.client.members.change(id, { role: 'developer' })
    expect(await browser.status('POST', '/agents', { name: 'grown', runtime: 'remote' })).toBe(201)
    expect(await latest('member.change')).toMatchObject({
      before: { role: 'viewer' },
      after: { role: 'developer' },
    })
  })

  test('disabled → sessions, tokens and keys stop at once; enabled → keys wake, sessions do not', async () => {
    const id = await invited(cadre, { email: 'away@example.com' })
    const browser = openBrowser(cadre)
    await browser.signIn({ email: 'away@example.com', password: PASSWORD })
    const made = (await (await browser.request('POST', '/keys', { label: 'own' })).json()) as {
      key: string
    }
    const tokens = await cadre.clientOf().tokens.request({
      grant_type: 'password',
      email: 'away@example.com',
      password: PASSWORD,
    })
    const whoAmI = (shown: string) => refusalOf(cadre.clientOf(shown).session.whoAmI())
    expect([await whoAmI(made.key), await whoAmI(tokens.access_token)]).toEqual([
      'not refused',
      'not refused',
    ])
    await cadre.client.members.change(id, { is_disabled: true })
    expect(await whoAmI(made.key)).toBe('401 access.unauthenticated')
    expect(await whoAmI(tokens.access_token)).toBe('401 access.unauthenticated')
    expect(await browser.status('GET', '/session')).toBe(401)
    expect((await signIn('away@example.com')).body.error.message).toContain('disabled')
    expect(await refusalOf(refresh(tokens.refresh_token))).toBe('401 access.unauthenticated')
    await cadre.client.members.change(id, { is_disabled: false })
    expect(await whoAmI(made.key)).toBe('not refused')
    expect(await browser.status('GET', '/session')).toBe(401)
    expect(await refusalOf(refresh(tokens.refresh_token))).toBe('401 access.unauthenticated')
  })

  test('removed → cannot sign in, and invitations of theirs end', async () => {
    const id = await invited(cadre, { email: 'gone@example.com', role: 'admin' })
    const browser = openBrowser(cadre)
    await browser.signIn({ email: 'gone@example.com', password: PASSWORD })
    const { token } = (await (
      await browser.request('POST', '/invitations', { email: 'friend@example.com', role: 'admin' })
    ).json()) as { token: string }
    await cadre.client.members.remove(id)
    expect(await browser.status('GET', '/session')).toBe(401)
    expect((await signIn('gone@example.com')).status).toBe(401)
    expect(
      await refusalOf(cadre.clientOf().invitations.accept({ token, password: PASSWORD })),
    ).toBe('404 link.unknown')
    expect(await refusalOf(cadre.client.members.get(id))).toBe('404 member.not_found')
  })

  test('last active administrator: cannot be disabled, demoted or removed, also not by two at once', async () => {
    const small = cadre.clientOf(SMALL_KEY)
    const me = await small.session.whoAmI()
    expect(await refusalOf(small.members.change(me.principal_id, { is_disabled: true }))).toBe(
      '409 member.last_administrator',
    )
    expect(await refusalOf(small.members.change(me.principal_id, { role: 'viewer' }))).toBe(
      '409 member.last_administrator',
    )
    expect(await refusalOf(small.members.remove(me.principal_id))).toBe(
      '409 member.last_administrator',
    )
    const second = await invited(cadre, { email: 'second@example.com', role: 'admin', by: small })
    const outcomes = await Promise.all([
      refusalOf(small.members.change(second, { role: 'viewer' })),
      refusalOf(small.members.change(me.principal_id, { role: 'viewer' })),
    ])
    expect(outcomes.filter((outcome) => outcome === 'not refused')).toHaveLength(1)
  })

  test('nobody gives, or manages who has, more than they have: also with a narrowed key', async () => {
    const supervisor = cadre.clientOf(SUPERVISOR_KEY)
    expect(
      await refusalOf(supervisor.invitations.create({ email: 'a@b.example', role: 'viewer' })),
    ).toBe('403 access.forbidden')
    const { key } = await cadre.client.keys.create({ label: 'narrow', scopes: ['member.*'] })
    const narrow = cadre.clientOf(key)
    for (const role of ['admin', 'supervisor', 'viewer', 'no-such-role'])
      expect(await refusalOf(narrow.invitations.create({ email: 'a@b.example', role }))).toBe(
        '403 access.role_beyond_own',
      )
    const me = await cadre.client.session.whoAmI()
    expect(await refusalOf(narrow.members.change(me.principal_id, { is_disabled: true }))).toBe(
      '403 access.role_beyond_own',
    )
  })

  test('administrator that Cadre made → cannot be removed; another tenant’s members are absent', async () => {
    const me = await cadre.client.session.whoAmI()
    expect(await refusalOf(cadre.client.members.remove(me.principal_id))).toBe(
      '409 member.built_in',
    )
    const id = me.principal_id
    for (const call of [
      () => other.members.get(id),
      () => other.members.change(id, { role: 'viewer' }),
      () => other.members.remove(id),
      () => other.members.resetPassword(id),
    ])
      expect(await refusalOf(call())).toBe('404 member.not_found')
    const { items } = await other.members.list({ limit: 100 })
    expect(items.some(({ email }) => email === 'ada@example.com')).toBe(false)
  })

  test('pages by cursor → each member once', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await cadre.client.members.list({ limit: 2, cursor })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(seen.length).toBeGreaterThan(4)
    expect(new Set(seen).size).toBe(seen.length)
  })
})

const refresh = (refresh_token: string) =>
  cadre.clientOf().tokens.request({ grant_type: 'refresh_token', refresh_token })

describe('passwords', () => {
  test('changed → other sessions and all tokens end, this session and keys stay', async () => {
    await invited(cadre, { email: 'changes@example.com' })
    const credential = { email: 'changes@example.com', password: PASSWORD }
    const [here, there] = [openBrowser(cadre), openBrowser(cadre)]
    await here.signIn(credential)
    await there.signIn(credential)
    const tokens = await cadre.clientOf().tokens.request({ grant_type: 'password', ...credential })
    const change = (current_password: string, new_password: string) =>
      here.status('POST', '/password', { current_password, new_password })
    expect(await change('not the password', NEW_PASSWORD)).toBe(401)
    expect(await change(PASSWORD, 'passwordpassword')).toBe(422)
    expect(await change(PASSWORD, NEW_PASSWORD)).toBe(204)
    expect(await here.status('GET', '/session')).toBe(200)
    expect(await there.status('GET', '/session')).toBe(401)
    expect(await refusalOf(refresh(tokens.refresh_token))).toBe('401 access.unauthenticated')
    expect((await signIn('changes@example.com')).status).toBe(401)
    expect((await signIn('changes@example.com', NEW_PASSWORD)).status).toBe(200)
    expect(
      await refusalOf(
        cadre.client.passwords.change({ current_password: 'x', new_password: NEW_PASSWORD }),
      ),
    ).toBe('409 member.no_password')
  })

  test('reset link: good once, only the newest, ends everything that is open', async () => {
    const id = await invited(cadre, { email: 'forgets@example.com' })
    const browser = openBrowser(cadre)
    await browser.signIn({ email: 'forgets@example.com', password: PASSWORD })
    const first = await cadre.client.members.resetPassword(id)
    const { token, link } = await cadre.client.members.resetPassword(id)
    expect(link).toBe(`https://cadre.example/password-reset#${token}`)
    const reset = (shown: string, new_password = NEW_PASSWORD) =>
      refusalOf(cadre.clientOf().passwords.reset({ token: shown, new_password }))
    expect(await reset(first.token)).toBe('404 link.unknown')
    expect(await reset(token, 'passwordpassword')).toBe('422 request.invalid')
    expect(await reset(token)).toBe('not refused')
    expect(await reset(token)).toBe('404 link.unknown')
    expect(await browser.status('GET', '/session')).toBe(401)
    expect((await signIn('forgets@example.com', NEW_PASSWORD)).status).toBe(200)
  })

  test('reset by one tenant of an account that is good in another → refused, also after the link was made', async () => {
    const id = await invited(cadre, { email: 'shared@example.com', by: other })
    const { token } = await other.members.resetPassword(id)
    await invited(cadre, { email: 'shared@example.com' })
    expect(await refusalOf(other.members.resetPassword(id))).toBe('409 member.elsewhere')
    expect(
      await refusalOf(cadre.clientOf().passwords.reset({ token, new_password: NEW_PASSWORD })),
    ).toBe('409 member.elsewhere')
    expect((await signIn('shared@example.com', PASSWORD, 'other')).status).toBe(200)
  })
})

describe('single members', () => {
  const supervisor = () => cadre.clientOf(SUPERVISOR_KEY)
  const account = async (name: string) =>
    (await cadre.client.serviceAccounts.create({ name, role: 'viewer' })).id

  test('a grant on one of them → that one is managed, others are not; within one’s own rights', async () => {
    const [mine, theirs] = [await account('granted-one'), await account('not-granted')]
    const { principal_id } = await supervisor().session.whoAmI()
    const rename = (id: string) =>
      refusalOf(supervisor().serviceAccounts.change(id, { name: `renamed-${id}` }))
    expect(await rename(mine)).toBe('403 access.forbidden')
    const grant = await cadre.client.grants.create({
      principal_id,
      actions: ['member.manage'],
      resource: { type: 'Member', id: mine },
      reason: 'Looks after it',
    })
    expect(await rename(mine)).toBe('not refused')
    expect(await rename(theirs)).toBe('403 access.forbidden')
    expect(await refusalOf(supervisor().serviceAccounts.change(mine, { role: 'admin' }))).toMatch(
      /^403 /,
    )
    expect(await refusalOf(supervisor().serviceAccounts.remove(theirs))).toBe(
      '403 access.forbidden',
    )
    const question = { principal_id, action: 'member.manage' } as const
    const explained = await cadre.client.access.explain({
      ...question,
      resource: { type: 'Member', id: mine },
    })
    expect(explained).toMatchObject({ decision: 'permitted' })
    await cadre.client.grants.remove(grant.id)
    expect(await rename(mine)).toBe('403 access.forbidden')
  })

  test('a policy that forbids to read some → absent in lists and by their ids', async () => {
    const [shown, hidden] = [await account('in-sight'), await account('out-of-sight')]
    const policy = await cadre.client.policies.create({
      name: 'secret accounts',
      text: 'forbid (principal in Role::"supervisor", action == Action::"member.read", resource is Member) when { resource.name like "out-of-*" };',
    })
    await cadre.client.policies.activate(policy.id, { confirm_changes: 1_000 })
    const names = (await supervisor().serviceAccounts.list({ limit: 100 })).items.map(
      ({ name }) => name,
    )
    expect(names).toContain('in-sight')
    expect(names).not.toContain('out-of-sight')
    expect(await refusalOf(supervisor().serviceAccounts.get(hidden))).toMatch(/^404 /)
    expect(await supervisor().serviceAccounts.get(shown)).toMatchObject({ name: 'in-sight' })
    await cadre.client.policies.deactivate(policy.id, { confirm_changes: 1_000 })
    await cadre.client.policies.remove(policy.id)
  })
})
