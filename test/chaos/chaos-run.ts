import { setTimeout as pause } from 'node:timers/promises'
import { createCadre, startConsuming, type Consumer } from '@cadre/sdk'
import { expect } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { seededRandom } from '#platform/random.ts'
import { verdictsOf } from './verdicts.ts'

export const isLong = process.env['CADRE_TEST_CHAOS'] === 'long'
export const SEED = Number(process.env['CADRE_TEST_SEED'] ?? 20_261_121)
export const TASKS = isLong ? 10_000 : 300
/** How many times the world is disturbed. */
export const DISTURBANCES = isLong ? 40 : 5
/** The short form shares the machine with all the other tests. */
export const TEST_MS_MAX = isLong ? 3_600_000 : 240_000

const AGENT = 'chaos'
const BATCH = 25
const AGENTS = 2
const CONCURRENCY = 16
export const SETTLE_MS_MAX = isLong ? 900_000 : 150_000
const CREATE_RETRY_MS = 100

/** Quick enough for a test to see the end of what was lost on the way. */
export const CHAOS_SETTINGS: Readonly<Record<string, string>> = {
  CADRE_DEMO_AGENTS: 'false',
  CADRE_LOCAL_KEY: 'false',
  CADRE_LEASE_SECONDS: '5',
  CADRE_REDELIVER_SECONDS: '5',
  CADRE_OFFER_CLAIM_SECONDS: '3',
  CADRE_DATABASE_CONNECT_SECONDS: '2',
  CADRE_DATABASE_STATEMENT_SECONDS: '10',
  CADRE_LOG_LEVEL: 'fatal',
}

export interface ChaosWorld {
  /** Where Cadre is for the agents and those who create tasks. */
  url: string
  key: string
  /** Where the agents find Cadre, each at one of these; default `url`. */
  agentUrls?: readonly string[]
  /** For agents that consume from RabbitMQ themselves, in turn with others over HTTP. */
  amqp?: string
  /** Opened again after the storm, to look at what is stored. */
  openDb(): Promise<Db>
  /** One disturbance; `fraction` is chance in [0, 1). Ends with the world as it should be. */
  disturb(fraction: () => number): Promise<void>
  /** Default {@link DISTURBANCES}. */
  disturbances?: number
}

/**
 * Creates tasks and runs them while the world is disturbed again and again. Afterwards every
 * acknowledged task is done: none lost, none stuck, none run after its end, none completed twice.
 */
export const survive = async (world: ChaosWorld): Promise<void> => {
  console.log(`chaos seed ${SEED} (repeat with CADRE_TEST_SEED=${SEED})`)
  const random = seededRandom(SEED)
  const cadre = createCadre({ url: world.url, key: world.key, timeoutMs: 5_000, attemptsMax: 1 })
  await untilDone(() => cadre.agents.register({ name: AGENT, runtime: 'remote' }))
  const handled = new Map<string, number>()
  const agents = Array.from({ length: AGENTS }, (_, index) => startAgent(world, index, handled))
  const storm = { isOver: false }
  try {
    const creating = createAll(cadre, storm)
    const disturbances = world.disturbances ?? DISTURBANCES
    for (let disturbance = 0; disturbance < disturbances; disturbance++) {
      await pause(300 + random.fraction() * 1_200)
      await world.disturb(random.fraction)
    }
    storm.isOver = true
    const ids = await creating
    await allEnded(world, ids.length)
    const db = await world.openDb()
    try {
      const verdicts = await verdictsOf(db)
      expect(ids.filter((id) => !verdicts.has(id))).toEqual([])
      const faults = [...verdicts].flatMap(([id, fault]) => (fault === null ? [] : [{ id, fault }]))
      expect(faults).toEqual([])
      expect(verdicts.size).toBe(TASKS)
      expect(ids.filter((id) => !handled.has(id))).toEqual([])
    } finally {
      await db.close()
    }
  } finally {
    await Promise.all(agents.map((agent) => agent.stop().catch(() => {})))
  }
}

const startAgent = (world: ChaosWorld, index: number, handled: Map<string, number>): Consumer => {
  const url = world.agentUrls?.[index % world.agentUrls.length] ?? world.url
  const isOnAmqp = world.amqp !== undefined && index % 2 === 0
  return startConsuming(
    async ({ id }) => {
      handled.set(id, (handled.get(id) ?? 0) + 1)
      await pause(5)
      return id
    },
    {
      url,
      key: world.key,
      agentId: AGENT,
      concurrency: CONCURRENCY,
      leaseSeconds: 5,
      silenceMsMax: 4_000,
      timeoutMs: 3_000,
      graceMs: 1_000,
      ...(isOnAmqp ? { amqp: { url: world.amqp } } : {}),
    },
  )
}

/** Creates the tasks in small batches, spread over the storm; answers the acknowledged ids. */
const createAll = async (
  cadre: ReturnType<typeof createCadre>,
  storm: { isOver: boolean },
): Promise<string[]> => {
  const ids: string[] = []
  const pauseMs = isLong ? 50 : 250
  for (let from = 0; from < TASKS; from += BATCH) {
    const keys = Array.from(
      { length: Math.min(BATCH, TASKS - from) },
      (_, at) => `task-${from + at}`,
    )
    const { items } = await untilDone(() =>
      cadre.tasks.createBatch(
        keys.map((key) => ({
          agent_id: AGENT,
          input: key,
          idempotency_key: key,
          max_retries: 100,
          backoff: { base_seconds: 0.1, cap_seconds: 1 },
        })),
      ),
    )
    ids.push(...items.map(({ id }) => id))
    if (!storm.isOver) await pause(pauseMs)
  }
  return ids
}

/** Repeats until it is answered: nobody answers in the middle of the storm. */
export const untilDone = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
  const giveUpAt = performance.now() + SETTLE_MS_MAX
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
      await pause(CREATE_RETRY_MS)
    }
  }
}

const allEnded = async (world: ChaosWorld, count: number): Promise<void> => {
  const db = await world.openDb()
  const giveUpAt = performance.now() + SETTLE_MS_MAX
  try {
    for (;;) {
      const stuck = await db.query<{ status: string; count: number }>(
        `select status, count(*) as count from tasks where status <> 'DONE' group by status`,
      )
      if (stuck.length === 0) return
      expect(performance.now(), `stuck of ${count}: ${JSON.stringify(stuck)}`).toBeLessThan(
        giveUpAt,
      )
      await pause(200)
    }
  } finally {
    await db.close()
  }
}
