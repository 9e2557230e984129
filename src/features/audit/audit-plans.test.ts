import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { pagesRead, plansOf } from '../../../test/support/plans.ts'
import {
  listRecords,
  lockHead,
  readBounds,
  readChain,
  removeOldRecords,
  type AuditFilter,
} from './audit-store.ts'

// What is recorded in years must not slow down what is looked up or recorded today.

const RECORDS = 100_000
const PAGES_MAX = 400
const TENANT = randomUUID() as TenantId
const START = '2025-01-01T00:00:00Z'

describe.each(DIALECTS)('%s, with a hundred thousand records', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    await db.query(
      `insert into audit_records (tenant_id, seq, at, actor_id, actor_name, actor_kind, action,
         resource_kind, resource_id, resource_name, decision, previous_hash, hash)
       select $1, n, $2::timestamptz + n * interval '1 minute', md5('actor ' || n % 1000)::uuid,
         'actor ' || n % 1000, 'user', 'action.' || n % 1000, 'agent', 'id ' || n, 'name ' || n,
         case when n % 1000 = 0 then 'denied' else 'allowed' end, '', ''
       from generate_series(1, $3::int) as n`,
      [TENANT, START, RECORDS],
    )
    await db.query(
      `insert into audit_heads (tenant_id, seq, hash, removed_hash) values ($1, $2, '', '')`,
      [TENANT, RECORDS],
    )
    await db.query('analyze audit_records')
  })
  afterAll(() => database.drop())

  const FILTERS: Record<string, Partial<AuditFilter>> = {
    'no filter': {},
    'an actor by name': { actor: { name: 'actor 7' } },
    'an actor who did nothing': { actor: { name: 'nobody' } },
    'an action': { action: { name: 'action.7' } },
    'an action that never was': { action: { name: 'nothing.ever' } },
    'a resource by id': { resource: 'id 7' },
    'a resource by name': { resource: 'name 7' },
    refusals: { decision: 'denied' },
    'a day long ago': {
      since: new Date('2025-01-02T00:00:00Z'),
      until: new Date('2025-01-03T00:00:00Z'),
    },
    'refusals of a day long ago': {
      decision: 'denied',
      since: new Date('2025-01-02T00:00:00Z'),
      until: new Date('2025-01-03T00:00:00Z'),
    },
    'a page in the middle': { behind: ['2025-02-01T00:00:00.000Z', '44640'] },
  }
  test.each(Object.entries(FILTERS))('list: %s → by an index', async (_name, filter) => {
    for (const on of [db, db.ofTenant(TENANT)]) {
      const plans = await plansOf(on, (tx) => listRecords(tx, TENANT, { limit: 20, ...filter }))
      expect(plans).not.toContain('Seq Scan on audit_records')
      expect(pagesRead(plans)).toBeLessThan(PAGES_MAX)
    }
  })

  test('recording, reading the chain, its bounds → by its key', async () => {
    const plans = await plansOf(db, async (tx) => {
      await lockHead(tx, TENANT).catch(() => {})
      await readBounds(tx, TENANT)
      await readChain(tx, TENANT, { afterSeq: RECORDS / 2, untilSeq: RECORDS, limit: 500 })
      await removeOldRecords(tx, new Date('2025-01-02T00:00:00Z'), 1_000)
    })
    expect(plans).not.toContain('Seq Scan on audit_records')
    // A thousand rows that retention removes, each with its entries in the indexes.
    expect(pagesRead(plans)).toBeLessThan(20_000)
  })
})
