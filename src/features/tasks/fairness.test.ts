import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { seededRandom } from '#platform/random.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, type Engine } from '../../../test/support/engine.ts'
import {
  createSimulation,
  type Arrival,
  type Job,
  type SimulationOptions,
} from '../../../test/support/simulated-executor.ts'

const SEED = 20_261
const TEST_MS_MAX = 120_000
/** As in production, where a window is much more than runs at once; and one that is hardly more. */
const PLACES = [
  { slots: 4, windowPerQueue: 500 },
  { slots: 8, windowPerQueue: 20 },
]
const TASK_MS_MAX = 1_500
const LOAD = 100

let database: TestDatabase
let db: Db
let engine: Engine
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  engine = await createEngine({ db })
})
afterAll(async () => {
  await engine.close()
  await database.drop()
})

type Place = Omit<SimulationOptions, 'engine'>
const simulate = (place: Place) => createSimulation({ engine, ...place })
/** Tasks of half a second to one and a half, the same ones each time. */
const newDuration = (seed: number) => {
  const random = seededRandom(seed)
  return () => Math.round(TASK_MS_MAX / 3 + (TASK_MS_MAX - TASK_MS_MAX / 3) * random.fraction())
}
const hasStarted = (job: Job) => job.startedAtMs !== null
const p99 = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0
}

describe.each(PLACES)('tenants that share $slots slots, window $windowPerQueue', (place) => {
  /** How the tasks of a small tenant wait that comes with some now and then. */
  const waitsOfSmall = async (others: { isFlooded: boolean; longer?: number }) => {
    const random = seededRandom(SEED)
    const sim = await simulate(place)
    try {
      const small = await sim.newParty({ durationMs: newDuration(SEED) })
      const durationMs = newDuration(SEED + 1)
      const big = await sim.newParty({ durationMs: () => (others.longer ?? 1) * durationMs() })
      const arrivals: Arrival[] = []
      let total = 0
      for (let n = 0; n < 6; n++) {
        const count = 1 + Math.floor(random.fraction() * 3 * place.slots)
        const atMs = (n + 2) * 30_000
        total += count
        arrivals.push({ atMs, party: small, count })
        if (others.isFlooded)
          arrivals.push({
            atMs: atMs - 45_000,
            party: big,
            count: LOAD * count,
            priority: 'urgent',
          })
      }
      const ofSmall = () => sim.jobs.filter((job) => job.party === small && hasStarted(job))
      await sim.run(arrivals, () => ofSmall().length < total)
      expect(sim.faults).toEqual([])
      return {
        p99Starts: p99(ofSmall().map((job) => job.waitInStarts ?? Infinity)),
        p99Ms: p99(ofSmall().map((job) => (job.startedAtMs ?? Infinity) - job.dueAtMs)),
      }
    } finally {
      await sim.close()
    }
  }

  test(
    `one at ${LOAD} times the load of another, and urgent → the small one waits twice as long at the most`,
    { timeout: TEST_MS_MAX },
    async () => {
      const alone = await waitsOfSmall({ isFlooded: false })
      const flooded = await waitsOfSmall({ isFlooded: true })
      expect(flooded.p99Starts).toBeLessThanOrEqual(2 * alone.p99Starts)
      // What runs already is not stopped: the first place is free when the first task ends.
      expect(flooded.p99Ms).toBeLessThanOrEqual(2 * alone.p99Ms + TASK_MS_MAX)
    },
  )

  test(
    `weights 2 : 1, the heavier comes when the queue is full → two thirds of the starts`,
    { timeout: TEST_MS_MAX },
    async () => {
      const sim = await simulate(place)
      try {
        const durationMs = newDuration(SEED)
        const light = await sim.newParty({ durationMs })
        const heavy = await sim.newParty({ durationMs, weight: 2 })
        const beganMs = engine.clock.now().getTime()
        const started = () =>
          sim.jobs.filter((job) => (job.startedAtMs ?? 0) > beganMs + 5_000 && hasStarted(job))
        await sim.run(
          [
            { atMs: 0, party: light, count: 1_000 },
            { atMs: 5_000, party: heavy, count: 500 },
          ],
          () => started().length < 300,
        )
        const inOrder = started().toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0))
        const shareOf = (jobs: Job[]) =>
          jobs.filter((job) => job.party === heavy).length / jobs.length
        expect(Math.abs(shareOf(inOrder) / (2 / 3) - 1)).toBeLessThanOrEqual(0.05)
        // From the very first hundred on, when the broker is still full of the other's.
        expect(Math.abs(shareOf(inOrder.slice(0, 100)) / (2 / 3) - 1)).toBeLessThanOrEqual(0.08)
        expect(sim.faults).toEqual([])
      } finally {
        await sim.close()
      }
    },
  )

  test(
    'a steady flood of urgent tasks beyond what can run → a low one starts in its turn',
    { timeout: TEST_MS_MAX },
    async () => {
      const sim = await simulate(place)
      try {
        const party = await sim.newParty({ durationMs: () => 1_000 })
        const flood: Arrival[] = Array.from({ length: 400 }, (_, second) => ({
          atMs: second * 1_000,
          party,
          count: place.slots + (second % 4 === 0 ? 1 : 0),
          priority: 'urgent',
        }))
        const low: Arrival = { atMs: 30_500, party, count: 1, priority: 'low' }
        const ofLow = () => sim.jobs.find((job) => job.priority === 'low')
        await sim.run([...flood, low], () => !ofLow()?.startedAtMs)
        const job = ofLow()
        const waitMs = (job?.startedAtMs ?? Infinity) - (job?.dueAtMs ?? 0)
        // Two minutes are its handicap; then it stands in line with those that came meanwhile.
        expect(waitMs).toBeGreaterThan(60_000)
        expect(waitMs).toBeLessThan(180_000)
        expect(sim.faults).toEqual([])
      } finally {
        await sim.close()
      }
    },
  )
})
