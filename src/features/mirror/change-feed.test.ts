import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Db, Tx } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { readChangeFeed } from './change-feed.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
})
afterAll(() => database.drop())
beforeEach(() => db.query('delete from marketplace_changes'))

/** Transactions of other databases of the server keep the feed back as well as its own. */
const everythingBefore = async () => {
  const [now] = await db.query<{ xact: string }>('select pg_current_xact_id()::text as xact')
  const isPast = async () => {
    const [row] = await db.query<{ is_past: boolean }>(
      'select $1::text::xid8 < pg_snapshot_xmin(pg_current_snapshot()) as is_past',
      [now?.xact ?? ''],
    )
    return row?.is_past
  }
  await expect.poll(isPast, { timeout: 20_000 }).toBe(true)
}

const note = (on: Pick<Tx, 'query'>, name: string, kind = 'status') =>
  on.query(
    `insert into marketplace_changes (kind, version_id, name, version, status)
     values ($1, $2, $3, '1.0.0', 'active')`,
    [kind, randomUUID(), name],
  )
const namesAfter = async (cursor: string | undefined, limit = 10) => {
  const page = await readChangeFeed(db, { cursor, limit })
  return { ...page, names: page.changes.map(({ name }) => name) }
}

test('a transaction that began first and ends last → nothing of it is skipped', async () => {
  const begun = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  const slow = db.transaction(async (tx) => {
    await note(tx, 'slow')
    begun.resolve()
    await mayEnd.promise
  })
  await begun.promise
  await note(db, 'fast')
  const meanwhile = await namesAfter(undefined)
  expect(meanwhile).toMatchObject({ names: [], is_end: true })
  mayEnd.resolve()
  await slow
  await everythingBefore()
  const after = await namesAfter(meanwhile.next_cursor)
  expect(after.names).toEqual(['slow', 'fast'])
  expect((await namesAfter(after.next_cursor)).names).toEqual([])
})

test('pages of any size → everything once, in one order', async () => {
  const names = Array.from({ length: 7 }, (_, n) => `item-${n}`)
  for (const name of names) await note(db, name)
  await everythingBefore()
  for (const limit of [1, 2, 3, 7, 8]) {
    const seen: string[] = []
    let cursor: string | undefined
    for (let isEnd = false; !isEnd;) {
      const page = await namesAfter(cursor, limit)
      seen.push(...page.names)
      cursor = page.next_cursor
      isEnd = page.is_end
    }
    expect(seen).toEqual(names)
  }
})

test('a release whose version is gone → its tombstone alone, and the place moves on', async () => {
  await note(db, 'gone', 'release')
  await note(db, 'gone', 'tombstone')
  await everythingBefore()
  const page = await readChangeFeed(db, { limit: 1 })
  expect(page.changes).toEqual([])
  expect(page.is_end).toBe(false)
  const { changes } = await readChangeFeed(db, { cursor: page.next_cursor, limit: 1 })
  expect(changes).toMatchObject([{ kind: 'tombstone', name: 'gone' }])
})

test('updated_since: what happened long before → left out; a cursor of something else → 422', async () => {
  await note(db, 'old')
  await db.query(`update marketplace_changes set at = '2026-01-01'`)
  await note(db, 'new')
  await everythingBefore()
  const page = await readChangeFeed(db, { updated_since: '2026-06-01T00:00:00Z', limit: 10 })
  expect(page.changes.map(({ name }) => name)).toEqual(['new'])
  for (const cursor of ['', 'x', '1', '1-2-3', `${'9'.repeat(30)}-1`])
    await expect(readChangeFeed(db, { cursor, limit: 1 })).rejects.toMatchObject({
      kind: 'invalid',
    })
})
