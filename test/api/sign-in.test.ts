import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { List, Session } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { invited, openBrowser, PASSWORD, refusalOf } from '../support/people.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
/** With two proxies in front, so that a test may come from any address. */
let guarded: RunningCadre
const EMAIL = 'person@example.com'

beforeAll(async () => {
  const settings = { CADRE_DEMO_AGENTS: 'false', CADRE_TRUSTED_PROXY_HOPS: '1' }
  cadre = await startCadre({ ...settings, CADRE_PUBLIC_URL: 'http://cadre.example:8080' })
  guarded = await startCadre({
    ...settings,
    CADRE_RATE_PASSWORD_BURST: '5',
    CADRE_RATE_PASSWORD_PER_SECOND: '0.001',
  })
  await invited(cadre, { email: EMAIL, role: 'developer' })
  await invited(guarded, { email: EMAIL, role: 'developer' })
})
afterAll(async () => {
  await cadre.stop()
  await guarded.stop()
})

const post = (on: RunningCadre, body: object, headers: Record<string, string> = {}) =>
  fetch(`${on.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const credential = { email: EMAIL, password: PASSWORD }

describe('answers', () => {
  test('unknown address, wrong password, address without form → the same answer', async () => {
    const answers = await Promise.all(
      [
        { ...credential, password: 'not the password' },
        { ...credential, email: 'nobody@example.com' },
        { ...credential, email: 'no address at all' },
        { ...credential, email: "' or 1=1 --" },
        { ...credential, email: 'a\r\nb' },
      ].map(async (body) => {
        const answer = await post(cadre, body)
        const { error } = (await answer.json()) as { error: { code: string; message: string } }
        return [answer.status, error.code, error.message, answer.headers.getSetCookie().length]
      }),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.slice(0, 2)).toEqual([401, 'access.unauthenticated'])
  })

  test.each([
    { ...credential, role: 'admin' },
    { ...credential, tenant_id: 'x' },
    { ...credential, key: 'both' },
    { email: EMAIL },
    { ...credential, password: { $ne: '' } },
    { ...credential, password: 'x'.repeat(257) },
  ])('body %j → 422', async (body) => {
    expect((await post(cadre, body)).status).toBe(422)
  })

  test('refusal is recorded, with nothing of the password', async () => {
    await post(cadre, { ...credential, password: 'a-guess-that-is-kept-nowhere' })
    const { items } = await cadre.client.audit.list({ action: 'access.unauthenticated' })
    expect(items[0]).toMatchObject({ decision: 'denied', actor: { kind: 'unknown' } })
    expect(JSON.stringify(items)).not.toContain('a-guess-that-is-kept')
  })
})

describe('guessing', () => {
  const from = (address: string, password: string, email = EMAIL) =>
    post(guarded, { email, password }, { 'x-forwarded-for': address }).then(({ status }) => status)

  test('an account is guessed from many addresses → slowed down; its holder comes in from where it was before', async () => {
    expect(await from('198.51.100.1', PASSWORD)).toBe(200)
    const guesses: number[] = []
    for (let n = 0; n < 12; n++) guesses.push(await from(`203.0.113.${n}`, `guess number ${n}`))
    expect(guesses.filter((status) => status === 401)).toHaveLength(5)
    expect(guesses.filter((status) => status === 429)).toHaveLength(7)
    // Even the right password does not help who was never here, while the guessing goes on.
    expect(await from('203.0.113.99', PASSWORD)).toBe(429)
    expect(await from('198.51.100.1', PASSWORD)).toBe(200)
  })

  test('one address tries many accounts → slowed down, whether or not they exist', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 8; n++)
      statuses.push(await from('192.0.2.1', 'spring and summer', `user${n}@example.com`))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
  })
})

describe('sessions', () => {
  test('sign in with a planted cookie → another token, and the planted one is nobody’s', async () => {
    const planted = `cadre_session=${'a'.repeat(43)}`
    const answer = await post(cadre, credential, { cookie: planted })
    const given = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(given).toMatch(/^cadre_session=[\w-]{43}$/)
    expect(given).not.toBe(planted)
    const asPlanted = await fetch(`${cadre.url}/api/v1/session`, { headers: { cookie: planted } })
    expect(asPlanted.status).toBe(401)
    // Signing in again over a session that is open gives a new one as well.
    const again = await post(cadre, credential, { cookie: given })
    expect(again.headers.getSetCookie()[0]?.split(';')[0]).not.toBe(given)
  })

  test('by TLS → a __Host- cookie that is the only one believed there', async () => {
    const tls = { 'x-forwarded-proto': 'https' }
    const answer = await post(cadre, credential, tls)
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-cadre_session=[\w-]{43}; /)
    for (const part of [/; Secure/, /; HttpOnly/, /; SameSite=Strict/, /; Path=\//])
      expect(cookie).toMatch(part)
    expect(cookie).not.toMatch(/; Domain=/)
    const pair = cookie.split(';')[0] ?? ''
    const whoAmI = async (shown: string) =>
      (await fetch(`${cadre.url}/api/v1/session`, { headers: { ...tls, cookie: shown } })).status
    expect(await whoAmI(pair)).toBe(200)
    expect(await whoAmI(pair.replace('__Host-', ''))).toBe(401)
  })

  test('list, end one, end all others → only one’s own', async () => {
    const [first, second, third] = [openBrowser(cadre), openBrowser(cadre), openBrowser(cadre)]
    const outsider = openBrowser(cadre)
    await invited(cadre, { email: 'outsider@example.com' })
    await outsider.signIn({ email: 'outsider@example.com', password: PASSWORD })
    for (const browser of [first, second, third]) await browser.signIn(credential)
    const list = async () =>
      (await (await first.request('GET', '/sessions?limit=100')).json()) as List<Session>
    const own = await list()
    expect(own.items.filter(({ is_current }) => is_current)).toHaveLength(1)
    expect(own.items[0]).toMatchObject({ method: 'password', user_agent: 'browser of the tests' })
    expect(JSON.stringify(own)).not.toContain(first.cookie.split('=')[1])
    const newest = own.items[0]?.id ?? ''
    expect(await outsider.status('DELETE', `/sessions/${newest}`)).toBe(404)
    expect(await first.status('DELETE', `/sessions/${newest}`)).toBe(204)
    expect(await third.status('GET', '/session')).toBe(401)
    expect(await first.status('DELETE', '/sessions')).toBe(204)
    expect(await second.status('GET', '/session')).toBe(401)
    expect(await first.status('GET', '/session')).toBe(200)
    expect(await outsider.status('GET', '/session')).toBe(200)
    expect((await list()).items).toHaveLength(1)
  })

  test('begun with a narrowed key → as narrow as the key, and over with it', async () => {
    const { key, api_key } = await cadre.client.keys.create({
      label: 'to look',
      scopes: ['agent.read', 'key.*'],
    })
    const browser = openBrowser(cadre)
    expect((await browser.signIn({ key })).body.scopes).toEqual(['agent.read', 'key.*'])
    expect(await browser.status('GET', '/agents')).toBe(200)
    expect(await browser.status('GET', '/tasks')).toBe(403)
    await cadre.client.keys.revoke(api_key.id)
    expect(await browser.status('GET', '/agents')).toBe(401)
  })
})

describe('forgery', () => {
  test('writes with a cookie: header and origin must both be ours', async () => {
    const agent = await registerRemote(cadre.client, 'forged')
    const browser = openBrowser(cadre)
    await browser.signIn(credential)
    const write = async (headers: Record<string, string>) =>
      (
        await fetch(`${cadre.url}/api/v1/tasks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie: browser.cookie, ...headers },
          body: JSON.stringify({ agent_id: agent.id }),
        })
      ).status
    const ours = { 'x-cadre-request': '1' }
    expect(await write({})).toBe(403)
    expect(await write({ 'sec-fetch-site': 'same-origin' })).toBe(403)
    for (const site of ['cross-site', 'same-site', 'nonsense'])
      expect(await write({ ...ours, 'sec-fetch-site': site })).toBe(403)
    for (const origin of ['https://evil.example', 'null', 'http://cadre.example', cadre.url + '0'])
      expect([origin, await write({ ...ours, origin })]).toEqual([origin, 403])
    for (const origin of [cadre.url, 'http://cadre.example:8080'])
      expect([origin, await write({ ...ours, origin })]).toEqual([origin, 201])
    expect(await write({ ...ours, 'sec-fetch-site': 'same-origin' })).toBe(201)
    expect(await write(ours)).toBe(201)
  })

  test('sign-in that another site’s page asks for → 403 and no cookie', async () => {
    const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    for (const [name, value] of Object.entries(forged)) {
      const answer = await post(cadre, credential, { [name]: value })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
    }
  })
})

test('methods → what a sign-in page may offer', async () => {
  expect(await cadre.clientOf().session.methods()).toEqual({ password: true, oidc: null })
  expect(await refusalOf(cadre.clientOf().sessions.list())).toBe('401 access.unauthenticated')
})
