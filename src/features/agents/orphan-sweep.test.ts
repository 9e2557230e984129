import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDirectoryBlobs } from '#platform/blobs/directory-blobs.ts'
import { manualClock, systemClock } from '#platform/clock.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { createLogger } from '#platform/telemetry/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { startOrphanSweep } from './orphan-sweep.ts'

let database: TestDatabase
let directory: string
beforeAll(async () => {
  database = await createTestDatabase('pglite')
  directory = await mkdtemp(join(tmpdir(), 'cadre-orphans-'))
})
afterAll(async () => {
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

const HOUR_MS = 3_600_000

test('kept, but in no row → removed after a day, not before; what is listed or published stays', async () => {
  const db = await database.open()
  const clock = manualClock()
  const ids = createIds(systemClock, systemRandom)
  const blobs = await createDirectoryBlobs(directory, ids)
  const kept = async (text: string) =>
    (await blobs.stage(Readable.from([Buffer.from(text)]), { bytesMax: 100 })).keep()
  const [orphan, listed, published, deleted] = [
    await kept('orphan'),
    await kept('listed'),
    await kept('published'),
    await kept('deleted'),
  ]
  const tenantId = ids.uuid()
  await db.query('insert into tenants (id, name, created_at) values ($1, $2, now())', [
    tenantId,
    'orphans',
  ])
  for (const [key, deletedAt] of [
    [published, null],
    [deleted, new Date()],
  ] as const)
    await db.query(
      `insert into agents (id, tenant_id, owner_id, name, version, description, runtime,
         capabilities, examples, price, version_rank, owner_name, is_enabled, binary_key, binary_sha256, binary_bytes,
         module_report, created_at, updated_at, deleted_at)
       values ($1, $2, $1, $3, '1.0.0', '', 'wasm', '{}', '[]', 0, '1', 'o', true, $3, $3, 1, '{}', now(),
         now(), $4)`,
      [ids.uuid(), tenantId, key, deletedAt],
    )
  const sweep = startOrphanSweep({
    db,
    clock,
    blobs,
    logger: createLogger({ level: 'silent' }),
    listedAmong: async (keys) => keys.filter((key) => key === listed),
  })
  const there = async () => {
    const keys: string[] = []
    for await (const page of blobs.list()) keys.push(...page.map(({ key }) => key))
    return keys.toSorted()
  }
  clock.advance(Date.now() - clock.now().getTime() + 23 * HOUR_MS)
  expect(await sweep.sweep()).toBe(0)
  clock.advance(2 * HOUR_MS)
  expect(await sweep.sweep()).toBe(2)
  expect(await there()).toEqual([listed, published].toSorted())
  expect(await there()).not.toContain(orphan)
  await sweep.close()
})
