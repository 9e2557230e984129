import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { doorTo, someoneWaitsForLock, terminateSessions } from '../support/postgres-faults.ts'
import { signal } from '../support/signals.ts'
import { openSingleConnection } from '../support/single-connection.ts'

// Deadlocks, sessions that are ended, a server that cannot be reached.

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres', { isEmpty: true })
  db = await database.open()
  await db.query('create table accounts (id integer primary key, balance integer not null)')
  await db.query('insert into accounts values (1, 0), (2, 0)')
})
afterAll(() => database.drop())

test('transaction: two lock each other out → both commit in the end', async () => {
  const firstLocks = [signal(), signal()] as const
  const change = async (first: 0 | 1) => {
    let tries = 0
    await db.transaction(async (tx) => {
      const [own, other] = first === 0 ? [1, 2] : [2, 1]
      await tx.query('update accounts set balance = balance + 1 where id = $1', [own])
      firstLocks[first].fire()
      if (tries++ === 0) await firstLocks[first === 0 ? 1 : 0].promise
      await tx.query('update accounts set balance = balance + 1 where id = $1', [other])
    })
  }
  await Promise.all([change(0), change(1)])
  expect(await db.query('select balance from accounts order by id')).toEqual([
    { balance: 2 },
    { balance: 2 },
  ])
})

test('query: a single statement is the victim of a deadlock → runs again', async () => {
  await db.query(`create function slow_change(first integer, second integer) returns void
    language plpgsql as $$ begin
      perform set_config('deadlock_timeout', '20ms', true);
      update accounts set balance = balance + 1 where id = first;
      perform pg_sleep(0.2);
      update accounts set balance = balance + 1 where id = second;
    end $$`)
  await db.query('update accounts set balance = 0')
  await Promise.all([db.query('select slow_change(1, 2)'), db.query('select slow_change(2, 1)')])
  expect(await db.query('select balance from accounts order by id')).toEqual([
    { balance: 2 },
    { balance: 2 },
  ])
})

test('transaction: its session is ended in the middle → unavailable, the process lives', async () => {
  const begun = signal<number>()
  const ended = signal()
  const work = db.transaction(async (tx) => {
    const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    begun.fire(row?.pid ?? 0)
    // The end of the session arrives while no statement is under way.
    await ended.promise
    await tx.query('select 1')
  })
  const pid = await begun.promise
  await db.query('select pg_terminate_backend($1)', [pid])
  const sessions = 'select 1 from pg_stat_activity where pid = $1'
  await expect.poll(() => db.query(sessions, [pid])).toEqual([])
  ended.fire()
  await expect(work).rejects.toMatchObject({ code: 'db.unavailable' })
  expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
})

test('query: idle sessions are ended → the next statements work', async () => {
  await db.query(`select 'idle' as state`)
  const other = await database.open()
  await terminateSessions(other, `%'idle' as state%`)
  await expect.poll(() => db.query('select 1 as one').catch(() => 'refused')).toEqual([{ one: 1 }])
})

test('query: server cannot be reached → unavailable', async () => {
  const door = await doorTo(database.url ?? '')
  door.shut()
  const cut = openSingleConnection(door.url, { timeoutMs: 1_000 })
  await expect(cut.query('select 1')).rejects.toMatchObject({ code: 'db.unavailable' })
  await cut.close()
  await door.close()
})

test('lock: a waiting statement is seen by the test support', async () => {
  const locked = signal()
  const mayCommit = signal()
  const holder = db.transaction(async (tx) => {
    await tx.query('select 1 from accounts where id = 1 for update')
    locked.fire()
    await mayCommit.promise
  })
  await locked.promise
  const waiter = db.query('update accounts set balance = 7 where id = 1')
  await someoneWaitsForLock(db)
  mayCommit.fire()
  await Promise.all([holder, waiter])
  expect(await db.query('select balance from accounts where id = 1')).toEqual([{ balance: 7 }])
})
