import { afterAll, expect, test } from 'vitest'
import { manualClock, systemClock } from '#platform/clock.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { createSealing } from '#platform/sealing/sealing.ts'
import { createTestDatabase } from '../../../test/support/databases.ts'
import { forgettable, nextActiveAt, createSigningKeys } from './signing-keys.ts'

const HOUR_MS = 3_600_000
const TIMES = { rotationMs: 24 * HOUR_MS, aheadMs: HOUR_MS, tokenMs: 600_000 }
const sealing = createSealing([new Uint8Array(32).fill(7)], systemRandom)
const database = await createTestDatabase('postgres')
afterAll(() => database.drop())

/** Processes on one database, with one clock. */
const open = async (processes: number) => {
  const clock = manualClock()
  const parts = await Promise.all(
    Array.from({ length: processes }, async () => {
      const db = await database.open()
      const ids = createIds(systemClock, systemRandom)
      const onFault = (error: unknown) => {
        throw error
      }
      return createSigningKeys({ db, clock, ids, sealing, ...TIMES, onFault })
    }),
  )
  return { clock, parts }
}

test('many processes turn at once → one key; the next is published ahead, and known to all who verify', async () => {
  const { clock, parts } = await open(3)
  const [one, two] = parts
  if (one === undefined || two === undefined) throw new Error('There are three.')
  const first = await Promise.all(parts.map((keys) => keys.current()))
  expect(new Set(first.map(({ id }) => id)).size).toBe(1)

  clock.advance(TIMES.rotationMs - TIMES.aheadMs - 1)
  await Promise.all(parts.map((keys) => keys.turn()))
  expect(await one.published()).toHaveLength(1)

  clock.advance(1)
  await Promise.all(parts.map((keys) => keys.turn()))
  const published = await two.published()
  expect(published).toHaveLength(2)
  expect((await one.current()).id).toBe(first[0]?.id)
  expect(JSON.stringify(published)).not.toContain('"d"')

  clock.advance(TIMES.aheadMs)
  const next = await Promise.all(parts.map((keys) => keys.current()))
  expect(new Set(next.map(({ id }) => id))).toEqual(new Set([published[1]?.kid]))

  // What the first one signed last is still good.
  clock.advance(TIMES.tokenMs)
  await one.turn()
  expect(await two.byId(first[0]?.id ?? '')).not.toBeNull()
  clock.advance(120_000)
  await Promise.all(parts.map((keys) => keys.turn()))
  expect(await one.published()).toHaveLength(1)
  expect(await one.byId(first[0]?.id ?? '')).toBeNull()
  expect(await two.byId('made-up')).toBeNull()
})

test('keys that are stored plain → sealed, and the same as before', async () => {
  const { clock, parts } = await open(3)
  const [keys, again, later] = parts
  clock.advance(4 * TIMES.rotationMs)
  const db = await database.open()
  const stored = () =>
    db.query<{ id: string; private_jwk: unknown }>('select id, private_jwk from signing_keys')
  const current = await keys?.current()
  await db.query('update signing_keys set private_jwk = $2 where id = $1', [
    current?.id ?? '',
    JSON.stringify(current?.privateJwk),
  ])
  expect(await again?.current()).toEqual(current)
  await again?.seal()
  for (const { private_jwk } of await stored()) expect(private_jwk).toMatch(/^sealed:v1:/)
  expect(await later?.current()).toEqual(current)
})

test('the scheduler was away for long → the next key is still published before it signs', () => {
  const now = new Date('2026-05-01T00:00:00Z')
  const old = { id: 'old', activeAt: new Date('2026-01-01T00:00:00Z') }
  const next = nextActiveAt([old], now, TIMES)
  expect(next?.getTime()).toBe(now.getTime() + TIMES.aheadMs)
  expect(
    nextActiveAt([old, { activeAt: new Date(now.getTime() + HOUR_MS) }], now, TIMES),
  ).toBeNull()
  expect(forgettable([old], now, TIMES)).toEqual([])
  expect(forgettable([old, { id: 'new', activeAt: next ?? now }], now, TIMES)).toEqual([])
})
