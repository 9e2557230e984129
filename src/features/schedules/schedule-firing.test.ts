import { randomUUID } from 'node:crypto'
import type { ScheduleId, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { inbox } from '../../../test/support/signals.ts'
import { createScheduleFiring } from './schedule-firing.ts'
import { insertSchedule, moveSchedules } from './schedule-store.ts'
import type { ScheduleRecord } from './schedule.ts'

describe.each(DIALECTS)('waking up for schedules on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
  })
  afterAll(() => database.drop())

  test('next run far away → one look per sweep time; a change → a look at once; then at the due time', async () => {
    const clock = manualClock()
    const delays = inbox<number>()
    const looks = inbox<Date>()
    const firing = await createScheduleFiring({
      db,
      logger: silentLogger,
      clock: {
        now: clock.now,
        after: (delayMs, callback) => {
          const timer = clock.after(delayMs, callback)
          delays.put(delayMs)
          return timer
        },
      },
      sweep: async () => {
        looks.put(clock.now())
        return 0
      },
      sweepSeconds: 30,
    })
    await delays.count(1)
    expect(delays.items).toEqual([30_000])
    const schedule = scheduleDueAt(new Date(clock.now().getTime() + 12_345), clock.now())
    await insertSchedule(db, schedule)
    await delays.count(2)
    expect(delays.items.at(-1)).toBe(12_345)
    clock.advance(12_344)
    expect(looks.items).toHaveLength(2)
    clock.advance(1)
    await delays.count(3)
    expect(looks.items).toHaveLength(3)
    // It was not fired, as if another process held it: soon again, but not at once.
    expect(delays.items.at(-1)).toBe(250)
    await db.transaction((tx) => moveSchedules(tx, [{ id: schedule.id, next: null }]))
    clock.advance(250)
    await delays.count(4)
    expect(delays.items.at(-1)).toBe(30_000)
    await firing.close()
    clock.advance(1_000_000)
    expect(looks.items).toHaveLength(4)
  })
})

const scheduleDueAt = (nextRunAt: Date, now: Date): ScheduleRecord => ({
  id: randomUUID() as ScheduleId,
  tenantId: randomUUID() as TenantId,
  name: 'near',
  cron: null,
  everyMs: 60_000,
  at: null,
  timeZone: 'UTC',
  startsAt: null,
  endsAt: null,
  anchor: now,
  work: { kind: 'task', task: { capability: 'x', priority: 'medium', tags: [] } },
  missedRuns: 'skip',
  overlap: 'allow',
  jitterMs: 0,
  isPaused: false,
  nextRunAt,
  createdBy: randomUUID(),
  createdAt: now,
  updatedAt: now,
})
