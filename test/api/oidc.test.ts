import { createHash } from 'node:crypto'
import type { SignedOut } from '@cadre/contract'
import { SignJWT, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invited, PASSWORD, refusalOf } from '../support/people.ts'
import { CALLBACK, openOidcBrowser, PUBLIC_URL } from '../support/oidc-browser.ts'
import { startIssuer, type TestIssuer } from '../support/oidc-issuer.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let issuer: TestIssuer
/** Another one, that nobody configured. */
let stranger: TestIssuer
let cadre: RunningCadre
/** Lets in invited people of one domain only, and reads roles from groups. */
let strict: RunningCadre
const SECRET = 'secret-of-the-client'

beforeAll(async () => {
  const clients = { redirectUri: CALLBACK, clientIds: ['cadre', 'another-client'], secret: SECRET }
  issuer = await startIssuer(clients)
  stranger = await startIssuer(clients)
  const settings = {
    CADRE_DEMO_AGENTS: 'false',
    CADRE_PUBLIC_URL: PUBLIC_URL,
    CADRE_OIDC_ISSUER: issuer.url,
    CADRE_OIDC_CLIENT_ID: 'cadre',
    CADRE_OIDC_CLIENT_SECRET: SECRET,
    CADRE_OIDC_DEFAULT_ROLE: 'viewer',
    CADRE_OIDC_NAME: 'The issuer',
  }
  cadre = await startCadre(settings)
  strict = await startCadre({
    ...settings,
    CADRE_OIDC_CREATE_USERS: 'false',
    CADRE_OIDC_SIGN_OUT: 'false',
    CADRE_OIDC_EMAIL_DOMAINS: 'example.com, example.org',
    CADRE_OIDC_ROLE_CLAIM: 'groups',
    CADRE_OIDC_ROLE_MAP: 'ops=admin, dev=developer',
  })
})
afterAll(async () => {
  await cadre.stop()
  await strict.stop()
  await issuer.close()
  await stranger.close()
})

const person = (sub: string, more: object = {}) => ({
  sub,
  email: `${sub}@example.com`,
  email_verified: true,
  name: `Name of ${sub}`,
  ...more,
})
const codeOf = async (response: Response) => {
  const text = await response.text()
  const { error } = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: { code: string } }
  return `${response.status} ${error?.code}`
}

describe('sign-in', () => {
  test('code, PKCE, state and nonce → a member, a session, the page that was asked for', async () => {
    issuer.person = person('ada')
    const browser = openOidcBrowser(cadre, issuer)
    const url = new URL(await browser.start('/tasks?status=TODO'))
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'cadre',
      response_type: 'code',
      redirect_uri: CALLBACK,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    })
    const back = await browser.get(await browser.atIssuer(url.href))
    expect([back.status, back.headers.get('location')]).toEqual([303, '/tasks?status=TODO'])
    expect(browser.cookies.has('cadre_oidc')).toBe(false)
    expect(await browser.whoAmI()).toMatchObject({
      status: 200,
      name: 'Name of ada',
      role: 'viewer',
      kind: 'user',
    })
    const { items } = await cadre.client.members.list()
    expect(items[0]).toMatchObject({ email: 'ada@example.com', has_password: false })
    const actions = (await cadre.client.audit.list({ actor: 'Name of ada' })).items
    expect(actions.map(({ action }) => action)).toEqual(['session.begin', 'member.create'])
    const again = openOidcBrowser(cadre, issuer)
    await again.signIn()
    expect((await again.whoAmI()).principal_id).toBe((await browser.whoAmI()).principal_id)
    expect(await cadre.clientOf().session.methods()).toMatchObject({
      oidc: { name: 'The issuer', start: '/api/v1/auth/oidc/start' },
    })
  })

  test('verified address of a user with a password → one account; unverified → refused', async () => {
    const id = await invited(cadre, { email: 'both@example.com', role: 'developer' })
    issuer.person = person('thief', { email: 'both@example.com', email_verified: false })
    expect(await codeOf(await openOidcBrowser(cadre, issuer).signIn())).toBe(
      '403 oidc.no_verified_address',
    )
    issuer.person = person('both', { email: 'Both@Example.com' })
    const browser = openOidcBrowser(cadre, issuer)
    await browser.signIn()
    expect(await browser.whoAmI()).toMatchObject({ principal_id: id, role: 'developer' })
    const tokens = await cadre
      .clientOf()
      .tokens.request({ grant_type: 'password', email: 'both@example.com', password: PASSWORD })
    expect(tokens.token_type).toBe('Bearer')
  })

  test('disabled member → refused', async () => {
    issuer.person = person('leaver')
    const browser = openOidcBrowser(cadre, issuer)
    await browser.signIn()
    const id = String((await browser.whoAmI()).principal_id)
    await cadre.client.members.change(id, { is_disabled: true })
    expect((await browser.whoAmI()).status).toBe(401)
    expect(await codeOf(await openOidcBrowser(cadre, issuer).signIn())).toBe(
      '401 oidc.account_disabled',
    )
  })

  test('rules: invited only, of these domains, roles by groups at every sign-in', async () => {
    const outcome = async (who: object) => {
      issuer.person = who as TestIssuer['person']
      return codeOf(await openOidcBrowser(strict, issuer).signIn())
    }
    expect(await outcome(person('uninvited'))).toBe('403 oidc.not_invited')
    expect(await outcome(person('far', { email: 'far@elsewhere.example' }))).toBe(
      '403 oidc.domain_not_admitted',
    )
    await strict.client.invitations.create({ email: 'guest@example.org', role: 'viewer' })
    const guest = (groups: string[]) => person('guest', { email: 'guest@example.org', groups })
    expect(await outcome(guest(['none', 'dev']))).toBe('303 undefined')
    const roleNow = async () =>
      (await strict.client.members.list()).items.find(({ email }) => email === 'guest@example.org')
        ?.role
    expect(await roleNow()).toBe('developer')
    expect((await strict.client.invitations.list()).items[0]?.status).toBe('accepted')
    await outcome(guest(['dev', 'ops']))
    expect(await roleNow()).toBe('admin')
    await outcome(guest([]))
    expect(await roleNow()).toBe('viewer')
    expect(await outcome({ ...guest(['ops']), email: 'a@evil.example' })).toBe(
      '403 oidc.domain_not_admitted',
    )
  })

  test('signed out → told where the issuer signs out; by a key, or where it is not wished: not', async () => {
    issuer.person = person('ada')
    const signOut = async (at: RunningCadre) => {
      const browser = openOidcBrowser(at, issuer)
      await browser.signIn()
      const headers = { 'x-cadre-request': '1', 'sec-fetch-site': 'same-origin' }
      const answer = await browser.get(`${PUBLIC_URL}/api/v1/session`, {
        method: 'DELETE',
        headers,
      })
      expect((await browser.whoAmI()).status).toBe(401)
      return { status: answer.status, text: await answer.text() }
    }
    const { status, text } = await signOut(cadre)
    const url = new URL((JSON.parse(text) as SignedOut).issuer_sign_out_url)
    expect([status, url.origin + url.pathname]).toEqual([200, `${issuer.url}/session/end`])
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'cadre',
      post_logout_redirect_uri: `${PUBLIC_URL}/`,
    })
    issuer.person = person('guest', { email: 'guest@example.org', groups: ['dev'] })
    expect(await signOut(strict)).toEqual({ status: 204, text: '' })
  })

  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/%2f..//evil.example/\u0009',
    '/./\\/evil.example',
    '/..//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/a\r\nSet-Cookie: x=1',
  ])('return to %j → our first page', async (returnTo) => {
    issuer.person = person('ada')
    const back = await openOidcBrowser(cadre, issuer).signIn(returnTo)
    expect(back.status).toBe(303)
    expect(back.headers.get('location')).toMatch(/^\/(?![/\\])/)
    const landed = new URL(back.headers.get('location') ?? '', PUBLIC_URL)
    expect(landed.origin).toBe(PUBLIC_URL)
  })
})

describe('attacks', () => {
  const UNKNOWN = '401 oidc.sign_in_unknown'
  const REFUSED = '401 oidc.answer_refused'
  const begun = async () => {
    issuer.person = person('ada')
    const browser = openOidcBrowser(cadre, issuer)
    const start = await browser.start()
    return { browser, start, back: await browser.atIssuer(start) }
  }
  const withQuery = (url: string, change: (query: URLSearchParams) => void): string => {
    const changed = new URL(url)
    change(changed.searchParams)
    return changed.href
  }

  test('callback replayed: by the same browser, by another, without a cookie → refused', async () => {
    const { browser, back } = await begun()
    const other = openOidcBrowser(cadre, issuer)
    await other.start()
    expect(await codeOf(await other.get(back))).toBe(UNKNOWN)
    expect(await codeOf(await openOidcBrowser(cadre, issuer).get(back))).toBe(UNKNOWN)
    expect((await browser.get(back)).status).toBe(303)
    expect(await codeOf(await browser.get(back))).toBe(UNKNOWN)
  })

  test('state of another sign-in, or none → refused', async () => {
    const [one, two] = [await begun(), await begun()]
    const code = new URL(one.back).searchParams.get('code') ?? ''
    const injected = withQuery(two.back, (query) => query.set('code', code))
    expect(await codeOf(await two.browser.get(injected))).toBe(REFUSED)
    for (const state of ['', 'made-up', "' or 1=1 --"])
      expect(
        await codeOf(
          await one.browser.get(withQuery(one.back, (query) => query.set('state', state))),
        ),
      ).toBe(UNKNOWN)
  })

  test('nonce left out or exchanged on the way to the issuer → refused', async () => {
    for (const nonce of [null, 'another-nonce']) {
      issuer.person = person('ada')
      const browser = openOidcBrowser(cadre, issuer)
      const start = withQuery(await browser.start(), (query) =>
        nonce === null ? query.delete('nonce') : query.set('nonce', nonce),
      )
      expect(await codeOf(await browser.get(await browser.atIssuer(start)))).toBe(REFUSED)
      expect(browser.cookies.has('cadre_session')).toBe(false)
    }
  })

  test('another challenge, another issuer named, an error, a made-up code → refused', async () => {
    const challenged = openOidcBrowser(cadre, issuer)
    const start = withQuery(await challenged.start(), (query) =>
      query.set('code_challenge', 'A'.repeat(43)),
    )
    expect(await codeOf(await challenged.get(await challenged.atIssuer(start)))).toBe(REFUSED)
    const changes: [(query: URLSearchParams) => void, string][] = [
      [(query) => query.set('iss', stranger.url), REFUSED],
      [(query) => query.set('code', 'made-up'), REFUSED],
      [
        (query) => {
          query.delete('code')
          query.set('error', 'access_denied')
        },
        '401 oidc.denied',
      ],
    ]
    for (const [change, outcome] of changes) {
      const { browser, back } = await begun()
      expect(await codeOf(await browser.get(withQuery(back, change)))).toBe(outcome)
    }
  })

  test('refused: a browser → the page that says why, nothing of the issuer in its address; a program → JSON; both on record', async () => {
    const page = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }
    const { browser, back } = await begun()
    const denied = withQuery(back, (query) => {
      query.delete('code')
      query.set('error', 'access_denied')
      query.set('error_description', '<script>secret</script>')
    })
    const answer = await browser.get(denied, page)
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/sign-in?failed=oidc.denied',
    ])
    expect(answer.headers.getSetCookie().join()).not.toContain('cadre_session')
    const again = await browser.get(denied, page)
    expect(again.headers.get('location')).toBe('/sign-in?failed=oidc.sign_in_unknown')
    expect(await codeOf(await browser.get(denied))).toBe(UNKNOWN)
    const { items } = await cadre.client.audit.list({ decision: 'denied', limit: 3 })
    expect(items.map(({ action }) => action)).toEqual([
      'oidc.sign_in_unknown',
      'oidc.sign_in_unknown',
      'oidc.denied',
    ])
    expect(JSON.stringify(items)).not.toContain('secret')
    // Elsewhere programs and browsers get the same.
    const other = await fetch(`${cadre.url}/api/v1/tasks`, page)
    expect(other.status).toBe(401)
  })

  test('no issuer configured → 404', async () => {
    const plain = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
    try {
      for (const path of ['start', 'callback?state=x&code=y'])
        expect((await fetch(`${plain.url}/api/v1/auth/oidc/${path}`)).status).toBe(404)
    } finally {
      await plain.stop()
    }
  })
})

describe('bearer', () => {
  /** An ID token as the issuer gives it to a client of its own. */
  const idTokenOf = async (at: TestIssuer, sub: string, clientId = 'cadre'): Promise<string> => {
    at.person = person(sub)
    const browser = openOidcBrowser(cadre, at)
    const verifier = 'v'.repeat(43)
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid email',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    const back = new URL(await browser.atIssuer(`${at.url}/auth?${query}`))
    const answer = await fetch(`${at.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${SECRET}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        redirect_uri: CALLBACK,
        code_verifier: verifier,
      }),
    })
    return ((await answer.json()) as { id_token: string }).id_token
  }
  const outcomeOf = (token: string) => refusalOf(cadre.clientOf(token).session.whoAmI())
  const REFUSED = '401 access.unauthenticated'

  test('token for us, of a member → the member; wrong audience, issuer or person → 401', async () => {
    issuer.person = person('caller')
    const browser = openOidcBrowser(cadre, issuer)
    await browser.signIn()
    const me = await browser.whoAmI()
    const token = await idTokenOf(issuer, 'caller')
    expect(await cadre.clientOf(token).session.whoAmI()).toMatchObject({
      principal_id: me.principal_id,
      role: 'viewer',
    })
    expect(await outcomeOf(await idTokenOf(issuer, 'caller', 'another-client'))).toBe(REFUSED)
    expect(await outcomeOf(await idTokenOf(stranger, 'caller'))).toBe(REFUSED)
    expect(await outcomeOf(await idTokenOf(issuer, 'never-seen'))).toBe(REFUSED)
    await cadre.client.members.change(String(me.principal_id), { is_disabled: true })
    expect(await outcomeOf(token)).toBe(REFUSED)
  })

  test('signed by another key, or by a secret → 401', async () => {
    const claims = () =>
      new SignJWT({ email: 'ada@example.com' })
        .setIssuer(issuer.url)
        .setAudience('cadre')
        .setSubject('ada')
        .setIssuedAt()
        .setExpirationTime('5m')
    const { privateKey } = await generateKeyPair('RS256')
    const forged = await claims().setProtectedHeader({ alg: 'RS256', kid: 'x' }).sign(privateKey)
    const keys = await (await fetch(`${issuer.url}/jwks`)).text()
    for (const secret of [SECRET, keys])
      expect(
        await outcomeOf(
          await claims()
            .setProtectedHeader({ alg: 'HS256' })
            .sign(new TextEncoder().encode(secret.padEnd(32))),
        ),
      ).toBe(REFUSED)
    expect(await outcomeOf(forged)).toBe(REFUSED)
  })

  test('the issuer turns its keys → tokens by the next are good soon, sign-in goes on, those before are not', async () => {
    issuer.person = person('turner')
    await openOidcBrowser(cadre, issuer).signIn()
    const before = await idTokenOf(issuer, 'turner')
    expect(await outcomeOf(before)).toBe('not refused')
    await issuer.turnKeys()
    const after = await idTokenOf(issuer, 'turner')
    await expect.poll(() => outcomeOf(after), { timeout: 10_000 }).toBe('not refused')
    const browser = openOidcBrowser(cadre, issuer)
    issuer.person = person('turner')
    expect((await browser.signIn()).status).toBe(303)
    // Not remembered beyond the time that keys are.
    const another = `${before.slice(0, before.lastIndexOf('.'))}.${'A'.repeat(342)}`
    expect(await outcomeOf(another)).toBe(REFUSED)
  })
})
