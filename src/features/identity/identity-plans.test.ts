import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { pagesRead, plansOf } from '../../../test/support/plans.ts'
import { hashOf } from './api-key.ts'
import { removeOldCredentials } from './identity-retention.ts'
import { findByKeyHash, noteUse } from './identity-store.ts'
import { findPendingInvitation, findPendingFor, listInvitations } from './invitation-store.ts'
import { listKeys } from './key-store.ts'
import { hasOtherAdministrator, listMembers } from './member-store.ts'
import { findMemberByIdentity } from './oidc-store.ts'
import { findBySession, listSessions } from './session-store.ts'
import { findFamily, lockRefreshToken, revokeFamiliesOf } from './token-store.ts'
import { findUserByEmail, membershipsOf } from './user-store.ts'

// Many customers with many people must not slow down the sign-in of one of them.

const PEOPLE = 10_000
/** Looking into the catalogue, the first time, included. */
const PAGES_MAX = 400
const tenantId = randomUUID() as TenantId
const NOW = new Date('2026-01-01T00:00:00Z')
const OF_SEVEN = `md5('person 7')::uuid`

describe.each(DIALECTS)('%s, with ten thousand people', (dialect) => {
  let database: TestDatabase
  let db: Db
  let principal: Principal
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    await db.query('insert into tenants (id, name, created_at) values ($1, $2, $3)', [
      tenantId,
      'large',
      NOW,
    ])
    for (const statement of SEEDS) await db.query(statement)
    for (const table of TABLES) await db.query(`analyze ${table}`)
    const [row] = await db.query<{ id: string }>(`select ${OF_SEVEN} as id`)
    const id = row?.id ?? ''
    principal = { id, tenantId, kind: 'user', name: 'person 7', role: 'viewer', scopes: null }
  })
  afterAll(() => database.drop())

  const page = { limit: 20, after: null }
  const times = { now: NOW, idleSince: new Date(NOW.getTime() - 1_000) }
  const READS: Record<string, (db: Db) => Promise<unknown>> = {
    'a key': (tx) => findByKeyHash(tx, hashOf('7')),
    'a session': (tx) => findBySession(tx, 'token 7', times),
    'a family of tokens': (tx) => findFamily(tx, principal.id, NOW),
    'a user by address': (tx) => findUserByEmail(tx, 'person7@example.com'),
    'memberships of a user': (tx) => membershipsOf(tx, principal.id),
    'a member by an issuer': (tx) =>
      findMemberByIdentity(tx, { issuer: 'i', subject: 'person 7' }, tenantId),
    'an invitation by its token': (tx) => findPendingInvitation(tx, 'token 7', NOW),
    'an invitation by its address': (tx) =>
      findPendingFor(tx, { tenantId, email: 'guest7@example.com', now: NOW }),
    members: (tx) => listMembers(tx, { tenantId, kind: 'user' }, page),
    'no service accounts': (tx) => listMembers(tx, { tenantId, kind: 'service' }, page),
    'keys of one': (tx) => listKeys(tx, { tenantId, principalId: principal.id }, page),
    'keys of all': (tx) => listKeys(tx, { tenantId, principalId: null }, page),
    'sessions of one': (tx) => listSessions(tx, principal, { ...times, ...page }),
    invitations: (tx) => listInvitations(tx, tenantId, page),
  }
  test.each(Object.entries(READS))('%s → by an index', async (_name, read) => {
    const plans = await plansOf(db, (tx) => read(tx as unknown as Db))
    expect(plans).not.toContain('Seq Scan on')
    expect(pagesRead(plans)).toBeLessThan(PAGES_MAX)
  })

  test('changes of one, and what is removed by its age → by an index', async () => {
    const plans = await plansOf(db, async (tx) => {
      await noteUse(tx, 'key', [{ id: principal.id, at: NOW }])
      await noteUse(tx, 'session', [{ id: principal.id, at: NOW }])
      await lockRefreshToken(tx, 'token 7', NOW)
      await revokeFamiliesOf(tx, [principal.id], NOW)
      await hasOtherAdministrator(tx, { tenantId, id: principal.id, now: NOW })
      const long = new Date('2020-01-01T00:00:00Z')
      for (const remove of removeOldCredentials(tx as unknown as Db)) await remove(long, 100)
    })
    expect(plans).not.toMatch(/Seq Scan on (?:api_keys|sessions|token_families|refresh_tokens)/)
    expect(plans).not.toMatch(/Seq Scan on (?:invitations|principals|users)/)
  })
})

const TABLES = [
  'users',
  'user_identities',
  'principals',
  'api_keys',
  'sessions',
  'invitations',
  'token_families',
  'refresh_tokens',
]
const EACH = `from generate_series(1, ${PEOPLE}) as n`
const ID = `md5('person ' || n)::uuid`
const TENANT = `'${tenantId}'::uuid`
const AT = `'${NOW.toISOString()}'::timestamptz`
const LATER = `${AT} + interval '1 hour'`
const SEEDS = [
  `insert into users (id, email, created_at)
   select ${ID}, 'person' || n || '@example.com', ${AT} ${EACH}`,
  `insert into user_identities (issuer, subject, user_id, created_at)
   select 'i', 'person ' || n, ${ID}, ${AT} ${EACH}`,
  `insert into principals (id, tenant_id, kind, name, role, user_id, created_at)
   select ${ID}, ${TENANT}, 'user', 'person ' || n, 'admin', ${ID}, ${AT} ${EACH}`,
  `insert into api_keys (id, tenant_id, principal_id, prefix, secret_sha256, label, created_at,
     expires_at)
   select ${ID}, ${TENANT}, ${ID}, 'p' || n, encode(sha256(n::text::bytea), 'hex'), 'l', ${AT},
     ${LATER} ${EACH}`,
  `insert into sessions (token_sha256, id, tenant_id, principal_id, method, created_at,
     last_seen_at, expires_at)
   select 'token ' || n, ${ID}, ${TENANT}, ${ID}, 'password', ${AT}, ${AT}, ${LATER} ${EACH}`,
  `insert into invitations (id, tenant_id, email, role, token_sha256, created_by, created_by_name,
     created_at, expires_at)
   select ${ID}, ${TENANT}, 'guest' || n || '@example.com', 'viewer', 'token ' || n, ${ID}, 'x',
     ${AT}, ${LATER} ${EACH}`,
  `insert into token_families (id, tenant_id, principal_id, created_at, expires_at)
   select ${ID}, ${TENANT}, ${ID}, ${AT}, ${LATER} ${EACH}`,
  `insert into refresh_tokens (token_sha256, tenant_id, family_id, created_at)
   select 'token ' || n, ${TENANT}, ${ID}, ${AT} ${EACH}`,
]
