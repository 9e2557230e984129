import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TenantId } from '@cadre/contract'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { manualClock } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { startsSince } from './start-count-store.ts'
import {
  createStartCounter,
  firstBucketAt,
  recentStarts,
  START_BUCKET_MS,
  START_BUCKETS,
} from './start-counter.ts'

const TENANT = '00000000-0000-7000-8000-000000000001' as TenantId
const OTHER = '00000000-0000-7000-8000-000000000002' as TenantId
const noFault = (error: unknown) => {
  throw error
}

describe.each(DIALECTS)('starts of queues on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
  })
  afterAll(() => database.drop())

  test('two processes count → added up by queue, tenant and ten seconds', async () => {
    const clock = manualClock()
    const since = firstBucketAt(clock.now())
    const counters = [1, 2].map(() => createStartCounter({ db, clock, onFault: noFault }))
    for (const { count } of counters) {
      count(TENANT, 'tasks.wasm')
      count(TENANT, 'tasks.agent.a')
    }
    counters[0]?.count(OTHER, 'tasks.wasm')
    clock.advance(START_BUCKET_MS)
    counters[1]?.count(TENANT, 'tasks.wasm')
    await Promise.all(counters.map(({ close }) => close()))
    const [before, after] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:00:10Z')]
    expect(await startsSince(db, TENANT, since)).toEqual([
      { tenantId: TENANT, queue: 'tasks.agent.a', bucketAt: before, starts: 2 },
      { tenantId: TENANT, queue: 'tasks.wasm', bucketAt: before, starts: 2 },
      { tenantId: TENANT, queue: 'tasks.wasm', bucketAt: after, starts: 1 },
    ])
    expect(await startsSince(db, OTHER, since)).toHaveLength(1)
  })

  test('ten minutes later → what is shown no more is removed with the next write', async () => {
    const clock = manualClock(new Date('2026-02-01T00:00:00Z'))
    const counter = createStartCounter({ db, clock, onFault: noFault })
    counter.count(TENANT, 'old')
    clock.advance(1_000)
    clock.advance(START_BUCKETS * START_BUCKET_MS)
    counter.count(TENANT, 'new')
    clock.advance(1_000)
    await counter.close()
    const left = await startsSince(db, TENANT, new Date(0))
    expect(left.map(({ queue }) => queue)).toEqual(['new'])
  })
})

test('the write fails → told, kept, and written the next time', async () => {
  const clock = manualClock()
  const faults: unknown[] = []
  const written: unknown[] = []
  let isAway = true
  const query = async (sql: string, parameters: readonly unknown[]) => {
    if (isAway) throw new Error('away')
    if (sql.includes('insert')) written.push(parameters[3])
    return []
  }
  const counter = createStartCounter({
    db: { query } as unknown as Db,
    clock,
    onFault: (error) => faults.push(error),
  })
  counter.count(TENANT, 'tasks.wasm')
  clock.advance(1_000)
  await expect.poll(() => faults).toEqual([new Error('away')])
  isAway = false
  counter.count(TENANT, 'tasks.wasm')
  await counter.close()
  expect(written).toEqual([[2]])
})

test('last minute → the running bucket, five before it, and its part of the one cut in two', () => {
  const now = new Date('2026-01-01T00:10:04Z')
  const at = (clock: string, starts: number) => ({
    tenantId: TENANT,
    queue: 'q',
    bucketAt: new Date(`2026-01-01T00:${clock}Z`),
    starts,
  })
  const { lastMinute, perBucket } = recentStarts(
    [at('00:00', 9), at('00:10', 7), at('09:00', 10), at('09:10', 3), at('10:00', 2)],
    now,
  )
  expect(lastMinute).toBe(6 + 3 + 2)
  expect(perBucket).toHaveLength(START_BUCKETS)
  expect(perBucket[0]).toBe(7)
  expect(perBucket.at(-1)).toBe(2)
})
