import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonWebKeySet, Tokens } from '@cadre/contract'
import { invited, openBrowser, PASSWORD, refusalOf } from '../support/people.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let tokens: Tokens
const ISSUER = 'https://cadre.example'
const credential = { email: 'person@example.com', password: PASSWORD }

beforeAll(async () => {
  cadre = await startCadre({
    CADRE_DEMO_AGENTS: 'false',
    CADRE_PUBLIC_URL: ISSUER,
    CADRE_RATE_PASSWORD_BURST: '1000',
  })
  await invited(cadre, { email: credential.email, role: 'developer' })
  tokens = await request({ grant_type: 'password', ...credential })
})
afterAll(() => cadre.stop())

const request = (body: Parameters<RunningCadre['client']['tokens']['request']>[0]) =>
  cadre.clientOf().tokens.request(body)
const refresh = (refresh_token: string) => request({ grant_type: 'refresh_token', refresh_token })
const whoAmI = (token: string) => cadre.clientOf(token).session.whoAmI()
const isRefused = async (token: string): Promise<boolean> =>
  (await refusalOf(whoAmI(token))) === '401 access.unauthenticated'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>
const headerOf = (token: string) => decode(token.split('.')[0])
const payloadOf = (token: string) => decode(token.split('.')[1])
const published = async () =>
  (await (await fetch(`${cadre.url}/.well-known/jwks.json`)).json()) as JsonWebKeySet

describe('access tokens', () => {
  test('of a password → a JWT that anybody can check by the published keys, and that is a bearer', async () => {
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
    const keys = createRemoteJWKSet(new URL(`${cadre.url}/.well-known/jwks.json`))
    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, keys, {
      issuer: ISSUER,
      audience: 'cadre',
    })
    const me = await whoAmI(tokens.access_token)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' })
    expect(payload).toMatchObject({ sub: me.principal_id, tenant: me.tenant_id })
    for (const claim of ['jti', 'iat', 'exp']) expect(payload).toHaveProperty(claim)
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600)
    expect(me).toMatchObject({ role: 'developer', kind: 'user', scopes: null })
  })

  test('published keys: the same under the API’s prefix, without their private part', async () => {
    const keys = await published()
    expect(keys.keys.length).toBeGreaterThan(0)
    expect(keys.keys[0]).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      alg: 'EdDSA',
      use: 'sig',
      kid: expect.any(String),
      x: expect.any(String),
    })
    const alias = await fetch(`${cadre.url}/api/v1/.well-known/jwks.json`)
    expect(await alias.json()).toEqual(keys)
    expect(alias.headers.get('cache-control')).toBe('public, max-age=300')
  })

  test('of a key, narrowed → as narrow, and over with the key; wider than the key → refused', async () => {
    const { key, api_key } = await cadre.client.keys.create({ label: 'k', scopes: ['task.*'] })
    const narrowed = await request({ grant_type: 'api_key', key, scopes: ['task.read'] })
    expect(await whoAmI(narrowed.access_token)).toMatchObject({ scopes: ['task.read'] })
    expect(payloadOf(narrowed.access_token)['scope']).toBe('task.read')
    expect(await refusalOf(cadre.clientOf(narrowed.access_token).agents.list())).toBe(
      '403 access.forbidden',
    )
    expect(await refusalOf(request({ grant_type: 'api_key', key, scopes: ['*'] }))).toBe(
      '403 access.scope_beyond_own',
    )
    await cadre.client.keys.revoke(api_key.id)
    expect(await isRefused(narrowed.access_token)).toBe(true)
    expect(await refusalOf(refresh(narrowed.refresh_token))).toBe('401 access.unauthenticated')
  })

  test('tampered with, or signed by somebody else → 401', async () => {
    const [head = '', body = '', signature = ''] = tokens.access_token.split('.')
    const header = headerOf(tokens.access_token)
    const payload = payloadOf(tokens.access_token)
    const [key] = (await published()).keys
    const publicBytes = Buffer.from(key?.x ?? '', 'base64url')
    const publicPem = createPublicPem(publicBytes)
    const stranger = generateKeyPairSync('ed25519').privateKey
    const signedBy = (signed: string) =>
      sign(null, Buffer.from(signed), stranger).toString('base64url')
    const hmac = (signed: string, secret: string | Buffer) =>
      createHmac('sha256', secret).update(signed).digest('base64url')
    const confused = `${encode({ ...header, alg: 'HS256' })}.${body}`
    const elsewhere = `${encode({ ...header, kid: 'made-up' })}.${body}`
    const embedded = `${encode({
      ...header,
      jwk: createJwk(stranger),
      kid: undefined,
    })}.${body}`
    const remote = `${encode({ ...header, jku: 'https://evil.example/jwks.json' })}.${body}`
    const admin = encode({ ...payload, sub: (await cadre.client.session.whoAmI()).principal_id })
    const later = encode({ ...payload, exp: Number(payload['exp']) + 86_400 })
    const hostile = {
      'no algorithm': `${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
      'no algorithm, in capitals': `${encode({ ...header, alg: 'NONE' })}.${body}.${signature}`,
      'no signature': `${head}.${body}.`,
      'HS256 by the public bytes': `${confused}.${hmac(confused, publicBytes)}`,
      'HS256 by the public PEM': `${confused}.${hmac(confused, publicPem)}`,
      'HS256 by the published JSON': `${confused}.${hmac(confused, JSON.stringify(key))}`,
      'another algorithm named': `${encode({ ...header, alg: 'RS256' })}.${body}.${signature}`,
      'another subject': `${head}.${admin}.${signature}`,
      'another expiry': `${head}.${later}.${signature}`,
      'another signature': `${head}.${body}.${signedBy(`${head}.${body}`)}`,
      'an unknown kid': `${elsewhere}.${signedBy(elsewhere)}`,
      'a key of its own': `${embedded}.${signedBy(embedded)}`,
      'a key from elsewhere': `${remote}.${signedBy(remote)}`,
      'a kid that is a path': `${encode({ ...header, kid: '../../etc/passwd' })}.${body}.${signature}`,
      'a kid of SQL': `${encode({ ...header, kid: "' or 1=1 --" })}.${body}.${signature}`,
      'a critical header': `${encode({ ...header, crit: ['x'], x: 1 })}.${body}.${signature}`,
      'a header that is no JSON': `eyJ.${body}.${signature}`,
    }
    for (const [name, token] of Object.entries(hostile))
      expect([name, await isRefused(token)]).toEqual([name, true])
    expect(await isRefused(tokens.access_token)).toBe(false)
  })

  test('a refresh token is no bearer', async () => {
    expect(
      await isRefused((await request({ grant_type: 'password', ...credential })).refresh_token),
    ).toBe(true)
  })

  test.each([
    { grant_type: 'password', ...credential, tenant_id: 'x' },
    { grant_type: 'password', ...credential, role: 'admin' },
    { grant_type: 'client_credentials' },
    { grant_type: 'api_key', email: 'a@b.example' },
    { grant_type: 'refresh_token', refresh_token: { a: 1 } },
  ])('request %j → 422', async (body) => {
    expect(await refusalOf(request(body as never))).toBe('422 request.invalid')
  })
})

describe('refresh tokens', () => {
  test('used → new tokens; used again at once → the same successor, for an answer may be lost', async () => {
    const first = await request({ grant_type: 'password', ...credential })
    const [one, two] = await Promise.all([
      refresh(first.refresh_token),
      refresh(first.refresh_token),
    ])
    expect(one.refresh_token).toBe(two.refresh_token)
    expect(one.refresh_token).not.toBe(first.refresh_token)
    expect(one.refresh_expires_at).toBe(first.refresh_expires_at)
    expect(await isRefused(one.access_token)).toBe(false)
    expect((await refresh(one.refresh_token)).refresh_token).not.toBe(one.refresh_token)
  })

  test('used again after its successor was → the whole family ends, access tokens included; recorded', async () => {
    const first = await request({ grant_type: 'password', ...credential })
    const bystander = await request({ grant_type: 'password', ...credential })
    const second = await refresh(first.refresh_token)
    const third = await refresh(second.refresh_token)
    expect(await refusalOf(refresh(first.refresh_token))).toBe('401 access.unauthenticated')
    for (const { access_token } of [first, second, third])
      expect(await isRefused(access_token)).toBe(true)
    expect(await refusalOf(refresh(third.refresh_token))).toBe('401 access.unauthenticated')
    expect(await isRefused(bystander.access_token)).toBe(false)
    const [record] = (await cadre.client.audit.list({ action: 'token.revoke' })).items
    expect(record?.after).toEqual({ reason: 'a refresh token came twice' })
    expect(JSON.stringify(record)).not.toContain(first.refresh_token.slice(20))
  })

  test('revoked by either token → all of the sign-in ends; what is not known → 204 as well', async () => {
    for (const which of ['access_token', 'refresh_token'] as const) {
      const issued = await request({ grant_type: 'password', ...credential })
      await cadre.clientOf().tokens.revoke(issued[which])
      expect(await isRefused(issued.access_token)).toBe(true)
      expect(await refusalOf(refresh(issued.refresh_token))).toBe('401 access.unauthenticated')
    }
    for (const unknown of ['x', 'eyJhbGciOiJub25lIn0.e30.', `cadre_refresh_${'A'.repeat(43)}`])
      await cadre.clientOf().tokens.revoke(unknown)
  })

  test('wrong credentials and tokens → one answer, no hint', async () => {
    const wrong = [
      request({ grant_type: 'password', ...credential, password: 'not the password' }),
      request({ grant_type: 'password', email: 'nobody@example.com', password: PASSWORD }),
      request({ grant_type: 'api_key', key: 'no key at all' }),
      refresh(`cadre_refresh_${'A'.repeat(43)}`),
      refresh("' or 1=1 --"),
    ]
    const refusals = await Promise.all(wrong.map(refusalOf))
    expect(new Set(refusals)).toEqual(new Set(['401 access.unauthenticated']))
    const browser = openBrowser(cadre)
    expect((await browser.signIn({ key: tokens.access_token.slice(0, 200) })).status).toBe(401)
  })
})

const PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const createPublicPem = (raw: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([PREFIX, raw]).toString('base64')}\n-----END PUBLIC KEY-----\n`
const createJwk = (key: ReturnType<typeof createPrivateKey>) => {
  const { kty, crv, x } = key.export({ format: 'jwk' })
  return { kty, crv, x }
}
