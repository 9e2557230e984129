import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blobs } from '#platform/blobs/blobs.ts'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import {
  insertRowOfEachTable,
  releaseSchema,
  type TenantTable,
} from '../../../test/support/any-row.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { findTenantTables } from './tenant-contents-store.ts'
import { exportedColumns, exportTenant } from './tenant-export.ts'
import { startTenantDeletion } from './tenant-deletion.ts'
import type { TenantRecord } from './tenant.ts'

const ONE = randomUUID() as TenantId
const OTHER = randomUUID() as TenantId
const PLATFORM = randomUUID() as TenantId
const TENANT: TenantRecord = {
  id: ONE,
  name: 'one',
  displayName: 'One',
  weight: 1,
  status: 'suspended',
  statusReason: null,
  statusAt: null,
  createdAt: new Date(),
}

const insertMember = async (db: Db, email: string, tenants: readonly TenantId[]) => {
  const id = randomUUID()
  await db.query('insert into users (id, email, created_at) values ($1, $2, now())', [id, email])
  for (const tenant of tenants)
    await db.query(
      `insert into principals (id, tenant_id, kind, name, role, user_id, created_at)
       values (gen_random_uuid(), $1, 'user', $2, 'viewer', $3, now())`,
      [tenant, email, id],
    )
}

describe.each(DIALECTS)('what is kept of a tenant, on %s', (dialect) => {
  const clock = manualClock()
  const removed: string[] = []
  const blobs = { remove: async (key: string) => void removed.push(key) } as unknown as Blobs
  let database: TestDatabase
  let db: Db
  let tables: TenantTable[]
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    await releaseSchema(db)
    tables = await insertRowOfEachTable(db, [ONE, OTHER])
    for (const [email, tenants] of Object.entries({
      'both@x.org': [ONE, OTHER],
      'one@x.org': [ONE],
    }))
      await insertMember(db, email, tenants)
    await db.query(`update agents set binary_key = 'shared' where tenant_id = $1`, [OTHER])
    await db.query(
      `insert into agents (id, tenant_id, name, version, version_rank, description, owner_id,
         owner_name, runtime, capabilities, examples, is_enabled, price, created_at, updated_at,
         binary_key)
       select gen_random_uuid(), $1, 'binary', k, k, '', gen_random_uuid(), '', 'wasm', '{}', '[]',
         true, 0, now(), now(), k from unnest(array['own', 'shared']) as k`,
      [ONE],
    )
  })
  afterAll(() => database.drop())

  const rowsOf = async (tenantId: TenantId) => {
    const counts: Record<string, number> = {}
    for (const { name, column } of tables) {
      const [row] = await db.query<{ n: number }>(
        `select count(*) as n from ${name} where ${column} = $1`,
        [tenantId],
      )
      if (row !== undefined && row.n > 0) counts[name] = row.n
    }
    return counts
  }

  test('export: each row of each table once, the counts in the end, nobody else and no secret', async () => {
    const lines: { table?: string; row?: Record<string, unknown>; manifest?: { rows: object } }[] =
      []
    for await (const line of exportTenant({ db, clock }, TENANT)) lines.push(JSON.parse(line))
    expect(lines[0]).toMatchObject({ export: { format: 1, tenant: { id: ONE, name: 'one' } } })
    const rows = lines.slice(1, -1)
    expect(rows.every(({ row }) => row?.['tenant_id'] === ONE)).toBe(true)
    const counts = Object.groupBy(rows, ({ table }) => table ?? '')
    const { tenants: _, sessions: __, broker_messages: ___, ...expected } = await rowsOf(ONE)
    expect(Object.fromEntries(Object.entries(counts).map(([k, v]) => [k, v?.length]))).toEqual(
      expected,
    )
    expect(lines.at(-1)?.manifest?.rows).toMatchObject(expected)
  })

  test('export: columns that let somebody in, or that recognise who may, are left out', async () => {
    const left = (await findTenantTables(db)).flatMap((table) => {
      const told = exportedColumns(table)
      return table.columns
        .filter((column) => !told.includes(column))
        .map((c) => `${table.name}.${c}`)
    })
    expect(left).toEqual(
      expect.arrayContaining([
        'api_keys.secret_sha256',
        'sessions.token_sha256',
        'workflow_webhooks.sealed_secret',
        'workflow_webhooks.token_sha256',
        'tasks.attempt_token',
      ]),
    )
  })

  test('export: more rows than a page → all of them, in pages', async () => {
    await db.query(
      `insert into events (tenant_id, type, subject_id, at, data)
       select $1, 'task.created', gen_random_uuid(), now(), '{}' from generate_series(1, 1203)`,
      [ONE],
    )
    const ids = new Set<unknown>()
    for await (const line of exportTenant({ db, clock }, TENANT)) {
      const { table, row } = JSON.parse(line) as { table?: string; row: { id: unknown } }
      if (table === 'events') ids.add(row.id)
    }
    expect(ids.size).toBe((await rowsOf(ONE))['events'])
  })

  test('deletion: broken off in the middle → the next one finishes; nothing else is touched', async () => {
    const others = await rowsOf(OTHER)
    await db.query(`update tenants set status = 'deleting', status_at = now() where id = $1`, [ONE])
    let transactions = 0
    const failing: Db = {
      ...db,
      transaction: (work) => {
        if (++transactions > 8) return Promise.reject(new Error('killed'))
        return db.transaction(work)
      },
    }
    const parts = { blobs, clock, logger: silentLogger, platformTenantId: PLATFORM }
    const first = await startTenantDeletion({ db: failing, ...parts })
    await first.settled()
    await first.close()
    const between = await rowsOf(ONE)
    expect(between['tenants']).toBe(1)
    expect(Object.keys(between).length).toBeLessThan(tables.length)

    const second = await startTenantDeletion({ db, ...parts })
    await second.settled()
    await second.close()
    expect(await rowsOf(ONE)).toEqual({})
    expect(await rowsOf(OTHER)).toEqual(others)
    const people = await db.query(`select email from users where email like '%@x.org'`)
    expect(people).toEqual([{ email: 'both@x.org' }])
    expect(new Set(removed)).toEqual(new Set(['own']))
    const acts = await db.query(
      'select action, resource_id from audit_records where tenant_id = $1',
      [PLATFORM],
    )
    expect(acts).toEqual([{ action: 'tenant.deleted', resource_id: ONE }])
  })
})
