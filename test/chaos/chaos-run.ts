import { setTimeout as pause } from 'node:timers/promises'
import { createCadre, startConsuming, type Consumer } from '@cadre/sdk'
import { expect } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { seededRandom, type Random } from '#platform/random.ts'
import { verdictsOf } from './verdicts.ts'

export const isLong = process.env['CADRE_TEST_CHAOS'] === 'long'
export const SEED = Number(process.env['CADRE_TEST_SEED'] ?? 20_261_121)
export const TASKS = isLong ? 10_000 : 300
/** How often each kind of fault comes in the short form, in an order of chance. */
const ROUNDS = 2
/** The long form draws so many by chance. */
const DISTURBANCES_LONG = 40
/** Between two disturbances. */
const CALM_MS = isLong ? { min: 300, max: 1_500 } : { min: 100, max: 500 }
/** The short form shares the machine with all the other tests. */
export const TEST_MS_MAX = isLong ? 3_600_000 : 240_000

const AGENT = 'chaos'
/** Small in the short form, so that faults come between them. */
const BATCH = isLong ? 25 : 5
/** A fault comes at most so long after creating its share of the tasks began. */
const ONSET_MS_MAX = 60
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

/** One disturbance; `fraction` is chance in [0, 1). Ends with the world as it should be. */
export type Fault = (fraction: () => number) => Promise<void>

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
  /** Every kind of disturbance that this world knows. */
  faults: readonly Fault[]
}

/**
 * Creates tasks and runs them while the world is disturbed again and again. Afterwards every
 * acknowledged task, those of workflows aside, is done: none lost, none stuck, none run after its end, none completed twice.
 */
export const survive = async (world: ChaosWorld): Promise<void> => {
  console.log(`chaos seed ${SEED} (repeat with CADRE_TEST_SEED=${SEED})`)
  const random = seededRandom(SEED)
  const cadre = createCadre({ url: world.url, key: world.key, timeoutMs: 5_000, attemptsMax: 1 })
  await untilDone(() => cadre.agents.register({ name: AGENT, runtime: 'remote' }))
  const handled = new Map<string, number>()
  const agents = Array.from({ length: AGENTS }, (_, index) => startAgent(world, index, handled))
  try {
    const ids: string[] = []
    const storm = stormOf(world.faults, random)
    let creating: Promise<unknown> = Promise.resolve()
    for (const [index, disturb] of storm.entries()) {
      await pause(CALM_MS.min + random.fraction() * (CALM_MS.max - CALM_MS.min))
      const share = {
        from: Math.floor((index * TASKS) / storm.length),
        to: Math.floor(((index + 1) * TASKS) / storm.length),
      }
      // Nobody waits for it: the fault comes while it goes on.
      creating = Promise.all([creating, createShare(cadre, share, ids)])
      creating.catch(() => {})
      await pause(random.fraction() * ONSET_MS_MAX)
      await disturb(random.fraction)
    }
    await creating
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

/** The faults in their order. */
export const stormOf = (faults: readonly Fault[], random: Random): Fault[] => {
  const drawn = <Item>(items: Item[]): Item[] =>
    items.splice(Math.floor(random.fraction() * items.length), 1)
  if (isLong) return Array.from({ length: DISTURBANCES_LONG }, () => drawn([...faults])).flat()
  const deck = Array.from({ length: ROUNDS }, () => faults).flat()
  return faults.flatMap(() => Array.from({ length: ROUNDS }, () => drawn(deck)).flat())
}

/** Creates some of the tasks in small batches; adds the ids that were acknowledged. */
const createShare = async (
  cadre: ReturnType<typeof createCadre>,
  share: { from: number; to: number },
  ids: string[],
): Promise<void> => {
  for (let from = share.from; from < share.to; from += BATCH) {
    const keys = Array.from(
      { length: Math.min(BATCH, share.to - from) },
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
  }
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
        `select status, count(*) as count from tasks
         where status <> 'DONE' and run_id is null group by status`,
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
