import { setTimeout as pause } from 'node:timers/promises'
import {
  createClient,
  TASK_BATCH_MAX,
  type Client,
  type CreateTask,
  type Task,
} from '@cadre/contract'
import { startConsuming } from '@cadre/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type ServerProcess } from '../../bench/server-process.ts'
import { seededRandom } from '../../src/platform/random.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { openChaosDb } from './chaos-database.ts'
import { CHAOS_SETTINGS, isLong, SEED, TEST_MS_MAX } from './chaos-run.ts'

// Limits hold over all processes: held against every start that four of them recorded.

const PROCESSES = 4
const TASKS = isLong ? 2_000 : 250
const KEYS = 3
const LIMITS = {
  concurrency_max: 6,
  concurrency_max_per_key: 3,
  rate_per_second: 50,
  rate_burst: 8,
} as const
const SETTLE_MS_MAX = 120_000
/** Times are recorded to the millisecond. */
const ROUNDING_MS = 1

let database: TestDatabase
let url: string
const servers: ServerProcess[] = []
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  url = database.url ?? ''
  for (let index = 0; index < PROCESSES; index++)
    servers.push(await startServer({ ...CHAOS_SETTINGS, CADRE_DATABASE_URL: url }))
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await database.drop()
})

/** In as many batches as it takes. */
const createAll = async (client: Client, tasks: readonly CreateTask[]): Promise<Task[]> => {
  const created: Task[] = []
  for (let first = 0; first < tasks.length; first += TASK_BATCH_MAX) {
    const { items } = await client.tasks.createBatch(tasks.slice(first, first + TASK_BATCH_MAX))
    created.push(...items)
  }
  return created
}

interface Start {
  key: string
  beganMs: number
  endedMs: number
}

test(
  `${TASKS} tasks over ${PROCESSES} processes: no limit is exceeded by one start`,
  { timeout: TEST_MS_MAX },
  async () => {
    console.log(`chaos seed ${SEED} (repeat with CADRE_TEST_SEED=${SEED})`)
    const random = seededRandom(SEED)
    const [first] = servers
    if (first === undefined) throw new Error('There are several servers')
    const client = createClient({ baseUrl: first.url, key: first.key, fetch })
    const agent = await client.agents.register({ name: 'limited', runtime: 'remote' })
    await client.queues.change(`tasks.agent.${agent.id}`, LIMITS)
    await createAll(
      client,
      Array.from({ length: TASKS }, (_, n) => ({
        agent_id: agent.id,
        input: Math.round(random.fraction() * 60),
        concurrency_key: `key-${n % KEYS}`,
      })),
    )
    const agents = servers.map(({ url, key }) =>
      startConsuming(async ({ input }) => void (await pause(Number(input))), {
        url,
        key,
        agentId: agent.id,
        concurrency: 8,
      }),
    )
    const db = await openChaosDb(url)
    try {
      await expect
        .poll(async () => (await db.query(`select 1 from tasks where status <> 'DONE'`)).length, {
          timeout: SETTLE_MS_MAX,
          interval: 200,
        })
        .toBe(0)
      const starts = await db.query<{ key: string; began: Date; ended: Date }>(
        `select t.concurrency_key as key, a.started_at as began, a.finished_at as ended
         from attempts as a join tasks as t on t.id = a.task_id order by a.started_at`,
      )
      const recorded = starts.map(({ key, began, ended }) => ({
        key,
        beganMs: began.getTime(),
        endedMs: ended.getTime(),
      }))
      expect(recorded).toHaveLength(TASKS)
      expect(mostAtOnce(recorded)).toBeLessThanOrEqual(LIMITS.concurrency_max)
      for (const [key, ofKey] of Map.groupBy(recorded, (start) => start.key))
        expect([key, mostAtOnce(ofKey) <= LIMITS.concurrency_max_per_key]).toEqual([key, true])
      expect(excessOfRate(recorded)).toBeLessThanOrEqual(0)
      // The limits were used, or the test would prove nothing.
      expect(mostAtOnce(recorded)).toBeGreaterThan(1)
    } finally {
      await db.close()
      await Promise.all(agents.map((consumer) => consumer.stop()))
    }
  },
)

/** What may run at once from a change on; `null` is no limit. */
interface Reign {
  max: number | null
  askedMs: number
  answeredMs: number
}
/** Set by one process while the others run, then changed by others. */
const REIGNS = [5, 2, 7]

interface Bounded {
  agent: { id: string }
  capability: string
}
const BOUNDS: readonly {
  name: string
  /** The tasks that the limit counts; every other one is of the agent's capability. */
  isForAgentOnly: boolean
  change: (client: Client, bounded: Bounded, max: number) => Promise<unknown>
}[] = [
  {
    name: 'an agent',
    isForAgentOnly: false,
    change: (client, { agent }, max) => client.agents.change(agent.id, { concurrency_max: max }),
  },
  {
    name: 'a queue',
    isForAgentOnly: true,
    change: (client, { agent }, max) =>
      client.queues.change(`tasks.agent.${agent.id}`, { concurrency_max: max }),
  },
]

test.each(BOUNDS)(
  '$name: limit set while it runs, and changed by other processes → not one start beyond it',
  { timeout: TEST_MS_MAX },
  async ({ name, isForAgentOnly, change }) => {
    console.log(`chaos seed ${SEED} (repeat with CADRE_TEST_SEED=${SEED})`)
    const random = seededRandom(SEED)
    const clients = servers.map(({ url, key }) => createClient({ baseUrl: url, key, fetch }))
    const [first] = clients
    if (first === undefined) throw new Error('There are several servers')
    // Another try has an agent of its own.
    const own = `${name.replace(' ', '-')}-${Date.now()}`
    const capability = `${own}.work`
    const agent = await first.agents.register({
      name: own,
      runtime: 'remote',
      capabilities: [capability],
    })
    const created = await createAll(
      first,
      Array.from({ length: TASKS }, (_, n) => ({
        ...(isForAgentOnly || n % 2 === 0 ? { agent_id: agent.id } : { capability }),
        input: 20 + Math.round(random.fraction() * 60),
      })),
    )
    const ids = created.map(({ id }) => id)
    const db = await openChaosDb(url)
    const consumers = servers.map(({ url, key }) =>
      startConsuming(async ({ input }) => void (await pause(Number(input))), {
        url,
        key,
        agentId: agent.id,
        concurrency: 8,
      }),
    )
    const isDone = (tasks: number) =>
      expect
        .poll(async () => (await db.query(DONE, [ids])).length, {
          timeout: SETTLE_MS_MAX,
          interval: 20,
        })
        .toBeGreaterThanOrEqual(tasks)
    try {
      const reigns: Reign[] = [{ max: null, askedMs: 0, answeredMs: 0 }]
      for (const [index, max] of REIGNS.entries()) {
        await isDone(Math.floor(((index + 1) * TASKS) / (REIGNS.length + 2)))
        const askedMs = Date.now()
        const client = clients[index + 1]
        if (client === undefined) throw new Error('Each change has a process of its own')
        await change(client, { agent, capability }, max)
        reigns.push({ max, askedMs, answeredMs: Date.now() })
      }
      await isDone(TASKS)
      const starts = await db.query<{ began: Date; ended: Date }>(
        `select started_at as began, finished_at as ended from attempts
         where task_id = any ($1::uuid[])`,
        [ids],
      )
      const recorded = starts.map(({ began, ended }) => ({
        key: '',
        beganMs: began.getTime(),
        endedMs: ended.getTime(),
      }))
      expect(recorded).toHaveLength(TASKS)
      const rooms = roomsOf(recorded, reigns)
      expect(rooms.filter(({ room }) => room < 0)).toEqual([])
      // The narrowest was reached, or the test would prove nothing.
      const narrowest = Math.min(...REIGNS)
      expect(rooms.some(({ max, room }) => max === narrowest && room === 0)).toBe(true)
    } finally {
      await db.close()
      await Promise.all(consumers.map((consumer) => consumer.stop()))
    }
  },
)

const DONE = `select 1 from tasks where id = any ($1::uuid[]) and status = 'DONE'`

/** How many more could have run at each start; while a limit changes, the wider one counts. */
const roomsOf = (starts: readonly Start[], reigns: readonly Reign[]) =>
  starts.map(({ beganMs }) => {
    const running = starts.filter(
      (other) => other.beganMs <= beganMs && other.endedMs > beganMs,
    ).length
    const maxima = reigns
      .filter((reign, index) => {
        const endsMs = reigns[index + 1]?.answeredMs ?? Infinity
        return reign.askedMs <= beganMs && beganMs <= endsMs
      })
      .map(({ max }) => max ?? Infinity)
    const max = Math.max(...maxima)
    return { beganMs, running, max, room: max - running }
  })

/** Ends count before starts of the same millisecond: their order was not recorded. */
const mostAtOnce = (starts: readonly Start[]): number => {
  const changes = starts.flatMap(({ beganMs, endedMs }) => [
    { atMs: beganMs, by: 1 },
    { atMs: endedMs, by: -1 },
  ])
  let now = 0
  let most = 0
  for (const { by } of changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by)) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

/** By how many starts the worst of all windows was over burst + rate · time. */
const excessOfRate = (starts: readonly Start[]): number => {
  const times = starts.map(({ beganMs }) => beganMs).sort((a, b) => a - b)
  let worst = Number.NEGATIVE_INFINITY
  for (const [from, beginMs] of times.entries())
    for (let to = from; to < times.length; to++) {
      const seconds = ((times[to] ?? beginMs) - beginMs + ROUNDING_MS) / 1_000
      const allowed = LIMITS.rate_burst + LIMITS.rate_per_second * seconds
      worst = Math.max(worst, to - from + 1 - allowed)
    }
  return worst
}
