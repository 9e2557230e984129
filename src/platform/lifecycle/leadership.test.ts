import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { inbox, signal, type Inbox } from '../../../test/support/signals.ts'
import { manualClock, type ManualClock } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { SCHEDULER_LEAD } from '../outbox/queue-store.ts'
import { joinElection, type Leadership } from './leadership.ts'

/** A leader that falls silent is replaced within so long. */
const TAKE_OVER_MS_MAX = 5_000
const STEP_MS = 100

describe.each(DIALECTS)('leadership on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let clock: ManualClock
  let log: Inbox<{ holder: string; event: 'leads' | 'takes over' | 'loses'; atMs: number }>
  const faults: unknown[] = []
  const joined: { leadership: Leadership; heal: () => void }[] = []
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
  })
  afterEach(async () => {
    for (const { leadership, heal } of joined.splice(0)) {
      heal()
      await leadership.close()
    }
    await db.query('update leaders set holder = null, expires_at = null')
    faults.length = 0
  })
  afterAll(() => database.drop())

  /** Everybody who is asked has been answered, or never will be. */
  const answered = async () => {
    for (const candidate of candidates) await candidate.answered()
  }
  let candidates: Awaited<ReturnType<typeof join>>[] = []
  const join = async (holder: string) => {
    let state: 'well' | 'failing' | 'hanging' = 'well'
    let healed = signal()
    const pending = new Set<Promise<unknown>>()
    const query: Db['query'] = async (sql, parameters) => {
      if (state === 'failing') throw new Error('database away')
      if (state === 'hanging') await healed.promise
      const asked = db.query(sql, parameters)
      pending.add(asked)
      return (await asked.finally(() => pending.delete(asked))) as never
    }
    const note = (event: 'leads' | 'takes over' | 'loses') =>
      log.put({ holder, event, atMs: clock.now().getTime() })
    const leadership = await joinElection(
      {
        db: { ...db, query },
        clock,
        name: SCHEDULER_LEAD,
        holder: randomUUID(),
        onFault: (error) => faults.push(error),
      },
      {
        onLead: (_, { isTakenOver }) => note(isTakenOver ? 'takes over' : 'leads'),
        onLoss: () => note('loses'),
      },
    )
    const heal = () => {
      state = 'well'
      healed.fire()
    }
    const candidate = {
      leadership,
      heal,
      fail: () => void (state = 'failing'),
      hang: () => {
        healed = signal()
        state = 'hanging'
      },
      answered: async () => {
        while (pending.size > 0) await Promise.allSettled(pending)
        await new Promise(setImmediate)
      },
    }
    joined.push(candidate)
    return candidate
  }
  const start = async (...holders: string[]) => {
    clock = manualClock()
    log = inbox()
    candidates = []
    for (const holder of holders) {
      candidates.push(await join(holder))
      await answered()
    }
    const [first, second] = candidates
    if (first === undefined || second === undefined) throw new Error('There are two at least')
    return { first, second }
  }
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
      clock.advance(STEP_MS)
      await answered()
    }
  }
  const leaders = () => candidates.filter(({ leadership }) => leadership.isLeader()).length
  const story = () => log.items.map(({ holder, event }) => `${holder} ${event}`)

  test('three candidates → one leads, and goes on for a minute', async () => {
    await start('a', 'b', 'c')
    await pass(60_000)
    expect(story()).toEqual(['a leads'])
    expect(leaders()).toBe(1)
  })

  test('leader stops → another leads without any time passing', async () => {
    const { first } = await start('a', 'b')
    await first.leadership.close()
    await log.count(3)
    expect(story()).toEqual(['a leads', 'a loses', 'b leads'])
    expect(log.items.at(-1)?.atMs).toBe(log.items.at(0)?.atMs)
  })

  test.each(['fail', 'hang'] as const)(
    "leader's database statements %s → it gives up before another takes over, within five seconds",
    async (manner) => {
      const { first } = await start('a', 'b')
      await pass(2_300)
      const silentAtMs = clock.now().getTime()
      first[manner]()
      await pass(TAKE_OVER_MS_MAX)
      expect(story()).toEqual(['a leads', 'a loses', 'b takes over'])
      const [, lost, taken] = log.items
      expect(lost?.atMs).toBeLessThan(taken?.atMs ?? 0)
      expect((taken?.atMs ?? Infinity) - silentAtMs).toBeLessThanOrEqual(TAKE_OVER_MS_MAX)
      expect(faults.length > 0).toBe(manner === 'fail')
    },
  )

  test('database away for less than the lease → the leader stays', async () => {
    const { first } = await start('a', 'b')
    first.fail()
    await pass(2_500)
    first.heal()
    await pass(10_000)
    expect(story()).toEqual(['a leads'])
    expect(leaders()).toBe(1)
  })

  test('renewal answered when its time is over → it does not lead, and another does', async () => {
    const { first } = await start('a', 'b')
    first.hang()
    await pass(8_000)
    first.heal()
    await pass(3_000)
    expect(story()).toEqual(['a leads', 'a loses', 'b takes over'])
    expect(leaders()).toBe(1)
  })

  test('the only candidate hangs for long → leads again, with the first answer in time', async () => {
    const { first, second } = await start('a', 'b')
    await second.leadership.close()
    first.hang()
    await pass(6_000)
    expect(leaders()).toBe(0)
    first.heal()
    await answered()
    expect(leaders()).toBe(0)
    await pass(1_100)
    expect(story()).toEqual(['a leads', 'a loses', 'a leads'])
  })
})
