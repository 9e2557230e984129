import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../support/databases.ts'
import { doorTo, terminateSessions } from '../support/postgres-faults.ts'
import { inbox } from '../support/signals.ts'
import { openSingleConnection } from '../support/single-connection.ts'

// Whoever waits for a change is woken after its commit, and told once more when something may
// have been missed.

describe.each(DIALECTS)('wake-ups on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect, { isEmpty: true })
    db = await database.open()
  })
  afterAll(() => database.drop())

  test('listen: committed notifications → delivered in order, rolled back ones not', async () => {
    const heard = inbox<string>()
    const unlisten = await db.listen('cadre_test', heard.put)
    await db.query(`select pg_notify('cadre_test', 'first')`)
    await db
      .transaction(async (tx) => {
        await tx.query(`select pg_notify('cadre_test', 'never')`)
        throw new Error('rolled back')
      })
      .catch(() => {})
    await db.transaction((tx) => tx.query(`select pg_notify('cadre_test', 'second')`))
    await heard.count(2)
    expect(heard.items).toEqual(['first', 'second'])
    await unlisten()
    const others = inbox<string>()
    const stop = await db.listen('cadre_test', others.put)
    await db.query(`select pg_notify('cadre_test', 'third')`)
    await others.count(1)
    expect(heard.items).toHaveLength(2)
    await stop()
  })

  test('notify: of a transaction → heard once it has committed, alike ones once', async () => {
    const heard = inbox<string>()
    const unlisten = await db.listen('cadre_notify', heard.put)
    await db
      .transaction(async (tx) => {
        tx.notify('cadre_notify', 'never')
        throw new Error('rolled back')
      })
      .catch(() => {})
    await db.transaction(async (tx) => {
      for (let time = 0; time < 3; time++) tx.notify('cadre_notify', 'first')
      tx.notify('cadre_notify', 'second')
      await tx.query('select 1')
      expect(heard.items).toEqual([])
    })
    await heard.count(2)
    for (let time = 0; time < 3; time++) db.notify('cadre_notify', 'third')
    db.notify('cadre_notify')
    await heard.count(4)
    // What the server sends back of our own comes before the answer to this.
    await db.query(`select pg_notify('cadre_notify', 'last')`)
    await heard.until((items) => items.includes('last'))
    expect(heard.items).toEqual(['first', 'second', 'third', '', 'last'])
    await unlisten()
  })
})

describe('wake-ups through a server', () => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase('postgres', { isEmpty: true })
    db = await database.open()
  })
  afterAll(() => database.drop())

  test('listen: its session is ended → heard again after one wake-up', async () => {
    const heard = inbox<string>()
    const listener = await database.open()
    await listener.listen('cadre_reconnect', heard.put)
    expect(await terminateSessions(db, 'listen "cadre_reconnect"')).toBe(1)
    await heard.count(1)
    expect(heard.items).toEqual([''])
    await db.query(`select pg_notify('cadre_reconnect', 'after')`)
    await heard.count(2)
    expect(heard.items).toEqual(['', 'after'])
  })

  test('notify: → heard by other processes too, once', async () => {
    const [here, there] = [await database.open(), await database.open()]
    const [heardHere, heardThere] = [inbox<string>(), inbox<string>()]
    await here.listen('cadre_others', heardHere.put)
    await there.listen('cadre_others', heardThere.put)
    here.notify('cadre_others', 'one')
    await here.transaction(async (tx) => tx.notify('cadre_others', 'two'))
    await heardThere.until((items) => items.includes('two'))
    there.notify('cadre_others', 'three')
    await heardHere.until((items) => items.includes('three'))
    expect(heardHere.items).toEqual(['one', 'two', 'three'])
    expect(heardThere.items).toEqual(['one', 'two', 'three'])
  })

  test('notify: nobody else is there → says nothing to the server, until somebody greets', async () => {
    const alone = await createTestDatabase('postgres', { isEmpty: true })
    const clock = manualClock()
    const here = openSingleConnection(alone.url ?? '', { clock })
    const [heardHere, heardThere] = [inbox<string>(), inbox<string>()]
    await here.listen('cadre_alone', heardHere.put)
    const onlooker = new pg.Client({ connectionString: alone.url ?? '' })
    await onlooker.connect()
    onlooker.on('notification', ({ payload = '' }) => heardThere.put(payload))
    await onlooker.query('listen cadre_alone; listen cadre_peers')
    clock.advance(1_001)
    here.notify('cadre_alone', 'to myself')
    await heardHere.until((items) => items.includes('to myself'))
    await onlooker.query(`select pg_notify('cadre_peers', 'greeting')`)
    await heardThere.until((items) => items.includes('answer'))
    here.notify('cadre_alone', 'to both')
    await heardThere.until((items) => items.includes('to both'))
    expect(heardThere.items).toEqual(['greeting', 'answer', 'to both'])
    await onlooker.end()
    await here.close()
    await alone.drop()
  })

  test('notify: while the server is away → told when it is back', async () => {
    const door = await doorTo(database.url ?? '')
    const clock = manualClock()
    const behindDoor = openSingleConnection(door.url, { clock })
    const [heard, heardBehind] = [inbox<string>(), inbox<string>()]
    const unlisten = await db.listen('cadre_away', heard.put)
    await behindDoor.listen('cadre_away', heardBehind.put)
    const before = door.knocks
    door.shut()
    await expect.poll(() => door.knocks).toBe(before + 1)
    for (const payload of ['a', 'b', 'a']) behindDoor.notify('cadre_away', payload)
    expect(door.knocks).toBe(before + 1)
    door.open()
    clock.advance(500)
    await heard.until((items) => items.includes('b'))
    expect(heard.items).toEqual(['a', 'b'])
    expect(heardBehind.items).toEqual(['a', 'b', ''])
    await unlisten()
    await behindDoor.close()
    await door.close()
  })

  test('listen: server away for a while → tries at a steady pace, then hears again', async () => {
    const door = await doorTo(database.url ?? '')
    const clock = manualClock()
    const behindDoor = openSingleConnection(door.url, { clock })
    const heard = inbox<string>()
    await behindDoor.listen('cadre_door', heard.put)
    const before = door.knocks
    door.shut()
    await expect.poll(() => door.knocks).toBe(before + 1)
    await db.query('select pg_sleep(0.1)')
    expect(door.knocks).toBe(before + 1)
    clock.advance(500)
    await expect.poll(() => door.knocks).toBe(before + 2)
    await db.query('select pg_sleep(0.1)')
    expect(door.knocks).toBe(before + 2)
    door.open()
    clock.advance(500)
    await heard.count(1)
    expect(heard.items).toEqual([''])
    await behindDoor.close()
    await door.close()
  })

  test('listen: first try fails → a later one works', async () => {
    const door = await doorTo(database.url ?? '')
    door.shut()
    const late = openSingleConnection(door.url)
    await expect(late.listen('cadre_late', () => {})).rejects.toThrow()
    door.open()
    const heard = inbox<string>()
    await late.listen('cadre_late', heard.put)
    await db.query(`select pg_notify('cadre_late', 'now')`)
    await heard.until((items) => items.includes('now'))
    await late.close()
    await door.close()
  })
})
