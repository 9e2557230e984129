import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient, type Client, type Task } from '@cadre/contract'
import { expect, test } from 'vitest'
import { NOOP_MODULE } from '../../bench/noop-module.ts'
import { startServer, type ServerProcess } from '../../bench/server-process.ts'
import { seededRandom } from '../../src/platform/random.ts'
import { signal } from '../support/signals.ts'

// The whole process is killed at random instants while tasks are made and run. Afterwards every
// acknowledged task is done exactly once. `npm run chaos` runs the long form.

const isLong = process.env['CADRE_TEST_CHAOS'] === 'long'
const SEED = Number(process.env['CADRE_TEST_SEED'] ?? 20_261_120)
const KILLS = isLong ? 50 : 4
const TASKS = isLong ? 2_000 : 120
const BATCH = 20
const UPTIME_MS_MAX = isLong ? 3_000 : 1_500
const SETTLE_MS_MAX = isLong ? 900_000 : 120_000

test(
  `killed ${KILLS} times while ${TASKS} tasks run: each is done exactly once, none lost, none stuck`,
  { timeout: SETTLE_MS_MAX * 2 },
  async () => {
    console.log(`chaos seed ${SEED} (repeat with CADRE_TEST_SEED=${SEED})`)
    const random = seededRandom(SEED)
    const dataDirectory = await mkdtemp(join(tmpdir(), 'cadre-chaos-'))
    const settings = { CADRE_DATA_DIR: dataDirectory, CADRE_DEMO_AGENTS: 'false' }
    const acknowledged = new Map<string, string>()
    try {
      // Every second kill falls into the start-up with its recovery, the others into full work.
      const first = await startServer(settings)
      await publishNoop(clientOf(first))
      for (let kill = 1; kill <= KILLS; kill++) {
        if (kill % 2 === 0) {
          await dieStarting(settings, random.fraction() * first.readyMs)
          continue
        }
        const target = Math.ceil((TASKS * kill) / KILLS)
        const server = kill === 1 ? first : await startServer(settings)
        const killed = pause(random.fraction() * UPTIME_MS_MAX).then(server.kill)
        await createUpTo(clientOf(server), target, acknowledged).catch(unlessServerEnded)
        await killed
      }
      const last = await startServer(settings)
      try {
        const client = clientOf(last)
        await createUpTo(client, TASKS, acknowledged)
        await settled(client)
        expect(acknowledged.size).toBe(TASKS)
        await everyTaskEndedOnce(client, [...acknowledged.values()])
      } finally {
        await last.stop({ isDataKept: true })
      }
    } finally {
      await rm(dataDirectory, { recursive: true, force: true })
    }
  },
)

const clientOf = ({ url, key }: Pick<ServerProcess, 'url' | 'key'>): Client =>
  createClient({ baseUrl: url, key, fetch })

const publishNoop = async (client: Client): Promise<void> => {
  const form = new FormData()
  form.set('name', 'noop')
  form.set('binary', new Blob([NOOP_MODULE]), 'noop.wasm')
  await client.agents.publish(form)
}

/** Starts the server and kills it so long after its spawning, ready or not. */
const dieStarting = async (settings: Record<string, string>, uptimeMs: number): Promise<void> => {
  const spawned = signal<() => void>()
  const starting = startServer(settings, { onSpawn: spawned.fire })
  const ended = starting.then((server) => server.kill, unlessServerEnded)
  const kill = await spawned.promise
  await pause(uptimeMs)
  kill()
  await (
    await ended
  )?.()
}

/** Refusals are real faults; a connection that broke or a server that ended is the point here. */
const unlessServerEnded = (error: unknown): void => {
  const isEnd =
    error instanceof TypeError ||
    (error instanceof Error && /ended before it was ready/.test(error.message))
  if (!isEnd) throw error
}

/** Creates what is missing; the keys make repeats after a lost answer harmless. */
const createUpTo = async (
  client: Client,
  target: number,
  acknowledged: Map<string, string>,
): Promise<void> => {
  while (acknowledged.size < target) {
    const keys = Array.from(
      { length: Math.min(BATCH, target - acknowledged.size) },
      (_, index) => `task-${acknowledged.size + index}`,
    )
    const { items } = await client.tasks.createBatch(
      keys.map((key) => ({ agent_id: 'noop', input: key, idempotency_key: key })),
    )
    for (const task of items) acknowledged.set(task.idempotency_key ?? '', task.id)
  }
}

const settled = async (client: Client): Promise<void> => {
  const deadline = Date.now() + SETTLE_MS_MAX
  for (;;) {
    const { waiting, in_progress } = await client.tasks.counts()
    if (waiting + in_progress === 0) return
    expect(Date.now(), `stuck: ${waiting} waiting, ${in_progress} in progress`).toBeLessThan(
      deadline,
    )
    await pause(100)
  }
}

const everyTaskEndedOnce = async (client: Client, ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    const task: Task = await client.tasks.get(id)
    const attempts = (await client.tasks.attempts(id)).items
    const completions = (await client.tasks.events(id)).items.filter(
      ({ type }) => type === 'task.completed',
    )
    const done = attempts.filter(({ outcome }) => outcome === 'done')
    expect({ id, status: task.status, attempt: task.attempt }).toEqual({
      id,
      status: 'DONE',
      attempt: attempts.length,
    })
    expect(done.length, `${id}: attempts that succeeded`).toBe(1)
    expect(completions.length, `${id}: completions`).toBe(1)
    expect(attempts.at(-1)?.outcome, `${id}: nothing runs after the end`).toBe('done')
    expect(attempts.slice(0, -1).every(({ outcome }) => outcome === 'lost')).toBe(true)
  }
}
