import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { manualClock, systemClock } from '#platform/clock.ts'
import { isAppError } from '#platform/errors.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { noSealing } from '#platform/sealing/sealing.ts'
import type { Principal } from '#platform/web/context.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { empowered } from '../../../test/support/empowered.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createCredentialUse } from './credential-use.ts'
import { createIdentityService } from './identity-service.ts'
import { insertPrincipal, insertTenant } from './identity-store.ts'
import { createKeyService } from './key-service.ts'
import { createMemberService } from './member-service.ts'
import { createPasswordHasher } from './password-hasher.ts'
import { createPasswordService } from './password-service.ts'
import { createSigningKeys } from './signing-keys.ts'
import { createTokenService } from './token-service.ts'
import { createUserService } from './user-service.ts'
import { findUserOf, insertUser } from './user-store.ts'

// What one process takes away stops in another, which remembers it and whose clock stands still.

const PASSWORD = 'four words and more'
const ids = createIds(systemClock, systemRandom)
const clock = manualClock()
const hasher = createPasswordHasher(systemRandom)

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase('postgres')
})
afterAll(() => database.drop())

const openProcess = async () => {
  const db = await database.open()
  const sealing = noSealing()
  const parts = { db, clock, ids, random: systemRandom, sealing, hasher, guard: null }
  const onFault = () => {}
  const tokenMs = 3_600_000
  const keys = createSigningKeys({ ...parts, rotationMs: 1e9, aheadMs: 1e6, tokenMs, onFault })
  const access = createAccessTokens({ ...parts, keys, issuer: 'cadre', tokenMs })
  const identity = createIdentityService({
    ...parts,
    adminKey: null,
    keyCacheSeconds: 3_600,
    bearers: [access],
    use: createCredentialUse({ clock, write: async () => {}, onFault }),
  })
  const { tenantId, administrator: known } = await identity.bootstrap()
  const administrator = await empowered(db, known)
  const shared = { ...parts, platformTenantId: tenantId, onChange: identity.forget }
  const suspended = { has: () => false }
  return {
    end: await identity.followRevocations(),
    administrator,
    identity,
    members: createMemberService(shared),
    users: createUserService(shared),
    keys: createKeyService({ ...shared, keyDaysMax: null }),
    passwords: createPasswordService(shared),
    tokens: createTokenService({ ...shared, access, suspended, refreshMs: 1e9 }),
  }
}
type Process = Awaited<ReturnType<typeof openProcess>>

let here: Process
let there: Process
beforeAll(async () => {
  ;[here, there] = [await openProcess(), await openProcess()]
})
afterAll(async () => {
  await here.end()
  await there.end()
})

const newPerson = async () => {
  const email = `${ids.uuid()}@example.com`
  const member = await here.members.create(here.administrator, {
    email,
    role: 'developer',
    password: PASSWORD,
  })
  const { principal } = member
  const key = await here.keys.create(principal, { label: 'own' })
  const issued = await here.tokens.issue(principal, { keyId: null, scopes: undefined })
  return { principal, key, issued, shown: [key.key, issued.accessToken] as const }
}
let person: Awaited<ReturnType<typeof newPerson>>
const roleOf = async (shown: string): Promise<string> => {
  try {
    return (await there.identity.identifyByBearer(shown, 'anywhere')).role
  } catch (error) {
    return isAppError(error) ? error.code : String(error)
  }
}
const roles = async () => [await roleOf(person.shown[0]), await roleOf(person.shown[1])]
const REFUSED = 'access.unauthenticated'

beforeEach(async () => {
  person = await newPerson()
  expect(await roles()).toEqual(['developer', 'developer'])
})

describe('in another process', () => {
  const id = () => person.principal.id
  const CHANGES: Record<string, [() => Promise<unknown>, key: string, token: string]> = {
    'user disabled everywhere': [
      async () => {
        const user = await findUserOf(await database.open(), id())
        await here.users.setDisabled(here.administrator, user?.id ?? '', true)
      },
      REFUSED,
      REFUSED,
    ],
    'member disabled': [
      () => here.members.change(here.administrator, id(), { is_disabled: true }),
      REFUSED,
      REFUSED,
    ],
    'role changed': [
      () => here.members.change(here.administrator, id(), { role: 'viewer' }),
      'viewer',
      'viewer',
    ],
    'member removed': [
      () => here.members.remove(here.administrator, { kind: 'user', id: id() }),
      REFUSED,
      REFUSED,
    ],
    'key revoked': [
      () => here.keys.revoke(here.administrator, person.key.record.id),
      REFUSED,
      'developer',
    ],
    'key rotated': [
      () => here.keys.rotate(person.principal, person.key.record.id, 0),
      REFUSED,
      'developer',
    ],
    'token revoked': [() => here.tokens.revoke(person.issued.refreshToken), 'developer', REFUSED],
    'refresh token used twice': [
      async () => {
        const next = await here.tokens.refresh(person.issued.refreshToken)
        await here.tokens.refresh(next.refreshToken)
        await here.tokens.refresh(person.issued.refreshToken).catch(() => {})
      },
      'developer',
      REFUSED,
    ],
    'password changed': [
      () =>
        here.passwords.change(
          person.principal,
          { current_password: PASSWORD, new_password: 'entirely other words' },
          { address: 'here', sessionToken: null },
        ),
      'developer',
      REFUSED,
    ],
  }
  test.each(Object.entries(CHANGES))('%s → at once', async (_name, [change, key, token]) => {
    await change()
    await expect.poll(roles, { timeout: 5_000 }).toEqual([key, token])
  })
})

test('one refresh token shown to two processes at once → the same successor from both', async () => {
  let token = person.issued.refreshToken
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all([here.tokens.refresh(token), there.tokens.refresh(token)])
    const successors = new Set(answers.map(({ refreshToken }) => refreshToken))
    expect(successors.size).toBe(1)
    token = answers[0]?.refreshToken ?? ''
  }
})

test('two administrators who demote each other at once → one of them stays', async () => {
  const db = await database.open()
  const tenantId = ids.uuid() as TenantId
  await insertTenant(db, { id: tenantId, name: 'small', now: clock.now() })
  const pair = [0, 1].map((): Principal => {
    const id = ids.uuid()
    return { id, tenantId, kind: 'user', name: id, role: 'admin', scopes: null }
  })
  const [one, two] = pair
  if (one === undefined || two === undefined) throw new Error('There are two.')
  await db.transaction(async (tx) => {
    for (const { id, ...rest } of pair) {
      await insertUser(tx, { id, email: `${id}@example.com`, passwordHash: null }, clock.now())
      await insertPrincipal(tx, { id, ...rest }, clock.now(), id)
    }
  })
  for (let round = 0; round < 10; round++) {
    const [first, second] = await Promise.all([empowered(db, one), empowered(db, two)])
    const outcomes = await Promise.allSettled([
      here.members.change(first, two.id, { role: 'viewer' }),
      there.members.change(second, one.id, { role: 'viewer' }),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await db.query(`update principals set role = 'admin' where tenant_id = $1`, [tenantId])
  }
})

test('processes that start at once → one administrator, one principal of the command line', async () => {
  const { administrator } = here
  const keys = await Promise.all(
    [here, there, here, there].map(({ identity }) =>
      identity.issueLocalKey(administrator.tenantId),
    ),
  )
  const known = await Promise.all(keys.map(roleOf))
  expect(known.filter((role) => role === 'admin')).toHaveLength(1)
})

test('another CADRE_ADMIN_KEY → wakes the administrator; the same one again does not', async () => {
  const db = await database.open()
  const startWith = async (adminKey: string) => {
    const identity = createIdentityService({
      db,
      clock,
      ids,
      random: systemRandom,
      adminKey,
      keyCacheSeconds: 1,
      bearers: [],
      use: createCredentialUse({ clock, write: async () => {}, onFault: () => {} }),
      guard: null,
    })
    await identity.bootstrap()
    return roleOf(adminKey)
  }
  const disable = async () => {
    const change = { is_disabled: true }
    const { principal } = await here.members.create(here.administrator, {
      email: `${ids.uuid()}@example.com`,
      role: 'admin',
      password: PASSWORD,
    })
    const other = await empowered(db, principal)
    await here.members.change(other, here.administrator.id, change)
  }
  expect(await startWith('first-key-of-the-operator')).toBe('admin')
  await disable()
  expect(await startWith('first-key-of-the-operator')).toBe(REFUSED)
  expect(await startWith('second-key-of-the-operator')).toBe('admin')
})
