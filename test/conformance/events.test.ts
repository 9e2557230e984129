import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock, type ManualClock } from '#platform/clock.ts'
import type { Db, Queryable } from '#platform/db/db.ts'
import { createEventFeed, type EventFeed } from '#platform/events/event-feed.ts'
import {
  appendEvents,
  deleteEventsBefore,
  EVENT_START,
  eventsOfSubject,
  formatCursor,
  latestCursor,
  parseCursor,
  readAfter,
  type StoredEvent,
} from '#platform/events/event-store.ts'
import { createProjection } from '#platform/events/projection.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../support/databases.ts'
import { inbox, signal } from '../support/signals.ts'

const TENANT = randomUUID() as TenantId

const messagesOf = (events: readonly StoredEvent[]) => events.map(({ event }) => event.data.message)
const append = (db: Queryable, ...messages: string[]) =>
  appendEvents(
    db,
    messages.map((message) => ({
      tenantId: TENANT,
      type: 'task.progressed' as const,
      subjectId: randomUUID(),
      at: new Date('2026-01-01T00:00:00Z'),
      data: { message },
    })),
  )
const readAll = async (db: Db, pageSize: number) => {
  const found: StoredEvent[] = []
  for (;;) {
    const page = await readAfter(db, found.at(-1)?.cursor ?? EVENT_START, pageSize)
    if (page.length === 0) return found
    found.push(...page)
  }
}

/** Lets time pass in small steps until something is there. */
const passing = (clock: ManualClock) => async (isThere: () => boolean) => {
  const step = () => {
    if (!isThere()) clock.advance(10)
    return isThere()
  }
  await expect.poll(step, { interval: 2, timeout: 10_000 }).toBe(true)
}

describe.each(DIALECTS)('event log on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  const faults: unknown[] = []
  const onFault = (error: unknown) => void faults.push(error)
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
  })
  afterAll(() => database.drop())

  type Until = (isThere: () => boolean) => Promise<void>
  const withFeed = async (work: (feed: EventFeed, until: Until) => Promise<void>) => {
    const clock = manualClock()
    const feed = await createEventFeed({ db, clock, onFault })
    await work(feed, passing(clock)).finally(() => feed.close())
  }

  test('append: any data → read as it was written, in order, in pages of any size', async () => {
    const before = await readAll(db, 100)
    await append(db, 'a', 'b "quoted" 𝕏', 'c')
    await append(db, 'd')
    for (const pageSize of [1, 2, 100]) {
      const found = (await readAll(db, pageSize)).slice(before.length)
      expect(messagesOf(found)).toEqual(['a', 'b "quoted" 𝕏', 'c', 'd'])
    }
  })

  test('append: rolled back → never read', async () => {
    await db
      .transaction(async (tx) => {
        await append(tx, 'never')
        throw new Error('rolled back')
      })
      .catch(() => {})
    expect(messagesOf(await readAll(db, 100))).not.toContain('never')
  })

  test('history: of one subject and tenant only', async () => {
    const subjectId = randomUUID()
    const event = { type: 'task.created' as const, subjectId, at: new Date(), data: {} }
    await appendEvents(db, [
      { ...event, tenantId: TENANT },
      { ...event, tenantId: randomUUID() as TenantId },
      { ...event, tenantId: TENANT, type: 'task.claimed' },
    ])
    const ask = { tenantId: TENANT, subjectId, limit: 10 }
    const found = await eventsOfSubject(db, { ...ask, after: EVENT_START })
    expect(found.map(({ event: { type } }) => type)).toEqual(['task.created', 'task.claimed'])
    const [first] = found
    if (first === undefined) throw new Error('There should be one.')
    expect(await eventsOfSubject(db, { ...ask, after: first.cursor })).toEqual(found.slice(1))
  })

  test('cursor: any place → the same place from its text; anything else → null', async () => {
    const latest = await latestCursor(db)
    expect(parseCursor(formatCursor(latest))).toEqual(latest)
    for (const text of [
      '',
      '1',
      '1-',
      '-1',
      '1-2-3',
      'a-b',
      ' 1-2',
      '1-2\n',
      `1-${'9'.repeat(20)}`,
    ])
      expect(parseCursor(text)).toBeNull()
  })

  test('feed: what is committed from now on → once, in order, to every listener', () =>
    withFeed(async (feed, until) => {
      await append(db, 'before')
      const [left, right] = [inbox<string>(), inbox<string>()]
      for (const { put } of [left, right])
        feed.subscribe((events) => messagesOf(events).forEach((message) => put(message ?? '')))
      for (let n = 0; n < 20; n++) await append(db, `${n}`)
      const expected = Array.from({ length: 20 }, (_, n) => `${n}`)
      for (const heard of [left, right]) {
        await until(() => heard.items.includes('19'))
        expect(heard.items.filter((message) => message !== 'before')).toEqual(expected)
      }
    }))

  test('feed: somebody asks for events while a read is under way → misses none of them', async () => {
    const clock = manualClock()
    const isReading = signal()
    const mayRead = signal()
    const slow: Db = {
      ...db,
      query: async (sql, parameters) => {
        if (sql.includes('with page as')) {
          isReading.fire()
          await mayRead.promise
        }
        return db.query(sql, parameters)
      },
    }
    const feed = await createEventFeed({ db: slow, clock, onFault })
    await append(db, 'for nobody')
    await isReading.promise
    const heard = inbox<string>()
    feed.subscribe((events) => messagesOf(events).forEach((message) => heard.put(message ?? '')))
    await append(db, 'for somebody')
    mayRead.fire()
    await passing(clock)(() => heard.items.includes('for somebody')).finally(() => feed.close())
  })

  test('feed: one listener throws → the others hear all the same', () =>
    withFeed(async (feed, until) => {
      const heard = inbox<string>()
      const stop = feed.subscribe(() => {
        throw new Error('bad listener')
      })
      feed.subscribe((events) => messagesOf(events).forEach((message) => heard.put(message ?? '')))
      await append(db, 'one')
      await append(db, 'two')
      await until(() => heard.items.includes('two'))
      expect(heard.items).toContain('one')
      stop()
      expect(String(faults.splice(0).at(0))).toContain('bad listener')
    }))

  test('feed: unsubscribed → hears no more', () =>
    withFeed(async (feed, until) => {
      const [gone, there] = [inbox<string>(), inbox<string>()]
      const stop = feed.subscribe((events) => messagesOf(events).forEach((m) => gone.put(m ?? '')))
      feed.subscribe((events) => messagesOf(events).forEach((m) => there.put(m ?? '')))
      stop()
      await append(db, 'unheard')
      await until(() => there.items.includes('unheard'))
      expect(gone.items).toEqual([])
    }))

  test('projection: every event applied exactly once, in order, by several at once', async () => {
    await db.query('create table applied (place serial primary key, message text)')
    const name = randomUUID()
    const project = () =>
      createProjection({
        db,
        clock: manualClock(),
        name,
        onFault,
        apply: async (tx, events) => {
          for (const message of messagesOf(events))
            await tx.query('insert into applied (message) values ($1)', [message ?? null])
        },
      })
    const projections = await Promise.all([project(), project(), project()])
    const messages = Array.from({ length: 30 }, (_, n) => `projected ${n}`)
    for (const message of messages) {
      await append(db, message)
      void Promise.all(projections.map(({ catchUp }) => catchUp()))
    }
    await expect
      .poll(async () => {
        await projections[0]?.catchUp()
        return (await db.query(`select 1 from applied where message like 'projected%'`)).length
      })
      .toBe(messages.length)
    await Promise.all(projections.map(({ close }) => close()))
    const applied = await db.query<{ message: string }>(
      `select message from applied where message like 'projected%' order by place`,
    )
    expect(applied.map(({ message }) => message)).toEqual(messages)
    await db.query('drop table applied')
  })

  test('projection: applying fails → nothing of it counts, applied later', async () => {
    const applied: string[] = []
    let isBroken = true
    const projection = await createProjection({
      db,
      clock: manualClock(),
      name: randomUUID(),
      onFault,
      apply: async (_, events) => {
        if (isBroken) throw new Error('cannot apply')
        applied.push(...messagesOf(events).map((message) => message ?? ''))
      },
    })
    await append(db, 'stubborn')
    await expect(projection.catchUp()).rejects.toThrow('cannot apply')
    isBroken = false
    await projection.catchUp()
    expect(applied.filter((message) => message === 'stubborn')).toHaveLength(1)
    await projection.close()
  })

  test('retention: events before a moment go, oldest first, so many at a time', async () => {
    const total = (await readAll(db, 1_000)).length
    expect(total).toBeGreaterThan(5)
    expect(await deleteEventsBefore(db, new Date('2026-01-02'), 3)).toBe(3)
    expect((await readAll(db, 1_000)).length).toBe(total - 3)
    expect(await deleteEventsBefore(db, new Date('2025-01-01'), 3)).toBe(0)
  })
})

describe('event log on postgres, with slow transactions', () => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
    db = await database.open()
  })
  afterAll(() => database.drop())

  /** Has written its event, and so has its place in the log, but has not committed. */
  const slowly = async (message: string) => {
    const written = signal()
    const mayCommit = signal()
    const work = db.transaction(async (tx) => {
      await append(tx, message)
      written.fire()
      await mayCommit.promise
    })
    await written.promise
    return () => {
      mayCommit.fire()
      return work
    }
  }

  test('feed: an earlier transaction commits later → heard, and nothing skipped', async () => {
    const clock = manualClock()
    const feed = await createEventFeed({ db, clock, onFault: () => {} })
    const heard = inbox<string>()
    feed.subscribe((events) => messagesOf(events).forEach((message) => heard.put(message ?? '')))
    const commit = await slowly('slow')
    await append(db, 'fast 1')
    await append(db, 'fast 2')
    expect(messagesOf(await readAll(db, 100))).toEqual([])
    await commit()
    await passing(clock)(() => heard.items.length >= 3)
    expect(heard.items).toEqual(['slow', 'fast 1', 'fast 2'])
    await feed.close()
  })

  test('feed: events held back by a transaction without events → heard at the second look', async () => {
    const clock = manualClock()
    const feed = await createEventFeed({ db, clock, onFault: () => {} })
    const heard = inbox<string>()
    feed.subscribe((events) => messagesOf(events).forEach((message) => heard.put(message ?? '')))
    const begun = signal()
    const mayCommit = signal()
    const silent = db.transaction(async (tx) => {
      await tx.query('select pg_current_xact_id()')
      begun.fire()
      await mayCommit.promise
    })
    await begun.promise
    await append(db, 'held back')
    mayCommit.fire()
    await silent
    await passing(clock)(() => heard.items.length > 0)
    expect(heard.items).toEqual(['held back'])
    await feed.close()
  })

  test('projection: events held back → applied once they are free, without another event', async () => {
    const clock = manualClock()
    const applied = inbox<string>()
    const begun = signal()
    const mayCommit = signal()
    const projection = await createProjection({
      db,
      clock,
      name: randomUUID(),
      onFault: () => {},
      apply: async (_, events) =>
        messagesOf(events).forEach((message) => applied.put(message ?? '')),
    })
    await projection.catchUp()
    const silent = db.transaction(async (tx) => {
      await tx.query('select pg_current_xact_id()')
      begun.fire()
      await mayCommit.promise
    })
    await begun.promise
    await append(db, 'last of the day')
    await projection.catchUp()
    expect(applied.items).not.toContain('last of the day')
    mayCommit.fire()
    await silent
    await passing(clock)(() => applied.items.includes('last of the day'))
    await projection.close()
  })
})
