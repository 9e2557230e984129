import { decodeJwt, importJWK, SignJWT, type JWTPayload } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { manualClock, systemClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { noSealing } from '#platform/sealing/sealing.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { empowered } from '../../../test/support/empowered.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createCredentialUse } from './credential-use.ts'
import { removeOldCredentials } from './identity-retention.ts'
import { createIdentityService } from './identity-service.ts'
import { noteUse } from './identity-store.ts'
import { createInvitationService } from './invitation-service.ts'
import { createKeyService } from './key-service.ts'
import { createMemberService } from './member-service.ts'
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts'
import { createPasswordService } from './password-service.ts'
import { createPasswordSignIn } from './password-sign-in.ts'
import { createSessionService } from './session-service.ts'
import { createSigningKeys } from './signing-keys.ts'
import { createTokenService } from './token-service.ts'

// What time does to credentials, by a clock that is moved by hand.

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const PASSWORD = 'four words and more'
const ISSUER = 'https://cadre.example'
const ids = createIds(systemClock, systemRandom)

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('pglite')
  db = await database.open()
})
afterAll(() => database.drop())

const newHouse = async () => {
  const clock = manualClock()
  const verified: (string | null)[] = []
  const real = createPasswordHasher(systemRandom)
  const hasher: PasswordHasher = {
    hash: real.hash,
    verify: (stored, password) => {
      verified.push(stored)
      return real.verify(stored, password)
    },
  }
  const sealing = noSealing()
  const parts = { db, clock, ids, random: systemRandom, sealing, hasher, guard: null }
  const use = createCredentialUse({
    clock,
    write: (kind, uses) => noteUse(db, kind, uses),
    onFault: () => {},
  })
  const signingKeys = createSigningKeys({
    ...parts,
    rotationMs: 30 * DAY_MS,
    aheadMs: 3_600_000,
    tokenMs: 10 * MINUTE_MS,
    onFault: () => {},
  })
  const access = createAccessTokens({
    ...parts,
    keys: signingKeys,
    issuer: ISSUER,
    tokenMs: 10 * MINUTE_MS,
  })
  const identity = createIdentityService({
    ...parts,
    adminKey: 'key-of-the-administrator',
    keyCacheSeconds: 5,
    bearers: [access],
    use,
  })
  const { tenantId, ...made } = await identity.bootstrap()
  const administrator = await empowered(db, made.administrator)
  const onChange = identity.forget
  const shared = { ...parts, platformTenantId: tenantId, onChange }
  const suspended = { has: () => false }
  return {
    clock,
    verified,
    use,
    signingKeys,
    identity,
    administrator,
    keys: createKeyService({ ...shared, keyDaysMax: null }),
    members: createMemberService(shared),
    invitations: createInvitationService(parts),
    passwords: createPasswordService(shared),
    signIn: createPasswordSignIn(parts),
    sessions: createSessionService({ ...parts, use, suspended, sessionHours: 12, idleMinutes: 60 }),
    tokens: createTokenService({ ...parts, access, suspended, refreshMs: 30 * DAY_MS, onChange }),
  }
}
let house: Awaited<ReturnType<typeof newHouse>>
beforeEach(async () => {
  await db.query('delete from users')
  await db.query('delete from signing_keys')
  house = await newHouse()
})

const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'not refused'
  } catch (error) {
    return isAppError(error) ? error.code : String(error)
  }
}
const UNKNOWN = 'access.unauthenticated'
const newPerson = (email = 'person@example.com') =>
  house.members.create(house.administrator, { email, role: 'developer', password: PASSWORD })

describe('passwords', () => {
  test('unknown address, account without a password, wrong password → one comparison each', async () => {
    await newPerson()
    await db.query(
      `insert into users (id, email, created_at) values (gen_random_uuid(), 'oidc@example.com', now())`,
    )
    const counts: number[] = []
    for (const email of ['nobody@example.com', 'oidc@example.com', 'person@example.com']) {
      const before = house.verified.length
      const attempt = house.signIn({ email, password: 'not the password' }, 'here')
      expect(await refusalOf(attempt)).toBe(UNKNOWN)
      counts.push(house.verified.length - before)
    }
    expect(counts).toEqual([1, 1, 1])
    expect(house.verified.slice(-3).map((stored) => stored === null)).toEqual([true, true, false])
  })

  test('invitation and reset link → good until their time is over', async () => {
    const { administrator, clock, invitations, members, passwords } = house
    const { token } = await invitations.create(administrator, {
      email: 'guest@example.com',
      role: 'viewer',
      expires_in_hours: 2,
    })
    const person = await newPerson()
    const reset = await passwords.createReset(administrator, person.principal.id)
    clock.advance(2 * 3_600_000)
    expect(await refusalOf(invitations.accept({ token, password: PASSWORD }, 'here'))).toBe(
      'link.unknown',
    )
    // Room for another one to the same address.
    const again = { email: 'guest@example.com', role: 'viewer', expires_in_hours: 2 }
    await invitations.create(administrator, again)
    clock.advance(22 * 3_600_000)
    const late = passwords.reset({ token: reset.token, new_password: 'entirely other words' })
    expect(await refusalOf(late)).toBe('link.unknown')
    await members.remove(administrator, { kind: 'user', id: person.principal.id })
  })
})

describe('sessions', () => {
  test('not used for the idle time → over; used all the time → over in the end', async () => {
    const { clock, sessions, use } = house
    const { principal } = await newPerson()
    const begin = () => sessions.begin(principal, { method: 'password', keyId: null })
    const idle = await begin()
    clock.advance(59 * MINUTE_MS)
    expect(await refusalOf(sessions.identify(idle.token))).toBe('not refused')
    await use.close()
    clock.advance(59 * MINUTE_MS)
    expect(await refusalOf(sessions.identify(idle.token))).toBe('not refused')
    await use.close()
    clock.advance(60 * MINUTE_MS)
    expect(await refusalOf(sessions.identify(idle.token))).toBe(UNKNOWN)

    const busy = await begin()
    for (let hour = 0; hour < 13; hour++) {
      expect(await refusalOf(sessions.identify(busy.token))).toBe(
        hour < 12 ? 'not refused' : UNKNOWN,
      )
      await use.close()
      clock.advance(59 * MINUTE_MS + (hour === 11 ? 12 * MINUTE_MS : 0))
    }
  })
})

describe('keys', () => {
  test('expired → 401 at its time, though it was remembered; last use is noted', async () => {
    const { administrator, clock, identity, keys, use } = house
    const expiresAt = new Date(clock.now().getTime() + 2_000)
    const { key, record } = await keys.create(administrator, {
      label: 'short',
      expires_at: expiresAt.toISOString(),
    })
    expect(await refusalOf(identity.identifyByBearer(key, 'here'))).toBe('not refused')
    await use.close()
    const page = { limit: 10, after: null }
    const [listed] = await keys.list(administrator, 'me', page)
    expect(listed).toMatchObject({ id: record.id, lastUsedAt: clock.now() })
    clock.advance(2_000)
    await expect(identity.identifyByBearer(key, 'here')).rejects.toMatchObject({
      code: UNKNOWN,
      publicMessage: 'The key or token has expired.',
    })
  })
})

describe('tokens', () => {
  const issued = async () => {
    const { principal } = await newPerson()
    return house.tokens.issue(principal, { keyId: null, scopes: undefined })
  }
  const outcomeOf = (token: string) => refusalOf(house.identity.identifyByBearer(token, 'here'))

  test('access token → good for its time, also when it was remembered', async () => {
    const { accessToken } = await issued()
    house.clock.advance(10 * MINUTE_MS - 1_000)
    expect(await outcomeOf(accessToken)).toBe('not refused')
    house.clock.advance(1_000)
    expect(await outcomeOf(accessToken)).toBe(UNKNOWN)
    house.clock.advance(6_000)
    await expect(house.identity.identifyByBearer(accessToken, 'here')).rejects.toMatchObject({
      publicMessage: expect.stringContaining('expired'),
    })
  })

  test('signed by our own key, but not as we do → 401', async () => {
    const { accessToken } = await issued()
    const key = await house.signingKeys.current()
    const privateKey = await importJWK(key.privateJwk, 'EdDSA')
    const claims = decodeJwt(accessToken)
    const nowSeconds = Math.floor(house.clock.now().getTime() / 1_000)
    const sign = (change: JWTPayload, header: object = {}) =>
      new SignJWT({ ...claims, ...change })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.id, ...header })
        .sign(privateKey)
    expect(await outcomeOf(await sign({}))).toBe('not refused')
    const hostile = {
      expired: sign({ exp: nowSeconds - 10 }),
      'not yet valid': sign({ nbf: nowSeconds + 60 }),
      'for another audience': sign({ aud: 'another' }),
      'without audience': sign({ aud: undefined }),
      'of another issuer': sign({ iss: 'https://evil.example' }),
      'of an issuer that is longer': sign({ iss: `${ISSUER}.evil.example` }),
      'without issuer': sign({ iss: undefined }),
      'without expiry': sign({ exp: undefined }),
      'without family': sign({ family: undefined }),
      'of a family that is none': sign({ family: ids.uuid() }),
      'of another type': sign({}, { typ: 'JWT' }),
      'without kid': sign({}, { kid: undefined }),
    }
    for (const [name, token] of Object.entries(hostile)) {
      const outcome = await outcomeOf(await token)
      expect([name, outcome]).toEqual([name, UNKNOWN])
    }
    // The person is who the family is of, whatever the token says.
    const asAdministrator = await sign({ sub: house.administrator.id, tenant: ids.uuid() })
    const { id, role } = await house.identity.identifyByBearer(asAdministrator, 'here')
    expect([id, role]).toEqual([claims.sub, 'developer'])
  })

  test('refresh token again within the grace → its successor; after it → the family ends', async () => {
    const { refreshToken } = await issued()
    const next = await house.tokens.refresh(refreshToken)
    house.clock.advance(10_000)
    expect((await house.tokens.refresh(refreshToken)).refreshToken).toBe(next.refreshToken)
    house.clock.advance(1)
    expect(await refusalOf(house.tokens.refresh(refreshToken))).toBe(UNKNOWN)
    expect(await refusalOf(house.tokens.refresh(next.refreshToken))).toBe(UNKNOWN)
  })

  test('refreshed for ever → ends with the time of the sign-in', async () => {
    let { refreshToken, refreshExpiresAt } = await issued()
    const end = refreshExpiresAt
    for (let week = 0; week < 4; week++) {
      house.clock.advance(7 * DAY_MS)
      ;({ refreshToken, refreshExpiresAt } = await house.tokens.refresh(refreshToken))
      expect(refreshExpiresAt).toEqual(end)
    }
    house.clock.advance(2 * DAY_MS)
    expect(await refusalOf(house.tokens.refresh(refreshToken))).toBe(UNKNOWN)
  })
})

test('retention: what is over for long goes, what is good stays', async () => {
  const { administrator, clock, invitations, keys, sessions, tokens } = house
  const { principal } = await newPerson()
  const fill = async (name: string) => {
    await sessions.begin(principal, { method: 'password', keyId: null })
    await tokens.issue(principal, { keyId: null, scopes: undefined })
    const email = `${name}@example.com`
    await invitations.create(administrator, { email, role: 'viewer', expires_in_hours: 1 })
    const expires_at = new Date(clock.now().getTime() + 1_000).toISOString()
    await keys.create(administrator, { label: name, expires_at })
  }
  await fill('old')
  clock.advance(100 * DAY_MS)
  await fill('new')
  const counts = async () => {
    const [row] = await db.query(
      `select (select count(*) from sessions)::int as sessions,
         (select count(*) from token_families)::int as families,
         (select count(*) from refresh_tokens)::int as refresh_tokens,
         (select count(*) from invitations where email like '%@example.com'
            and created_by = $1)::int as invitations,
         (select count(*) from api_keys where label in ('old', 'new'))::int as keys`,
      [administrator.id],
    )
    return row
  }
  const before = new Date(clock.now().getTime() - 30 * DAY_MS)
  for (const remove of removeOldCredentials(db)) await remove(before, 100)
  expect(await counts()).toEqual({
    sessions: 1,
    families: 1,
    refresh_tokens: 1,
    invitations: 1,
    keys: 1,
  })
})
