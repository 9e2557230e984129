import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient, type Client } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOOP_MODULE } from '../../bench/noop-module.ts'
import { startServer, type ServerProcess } from '../../bench/server-process.ts'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { openChaosDb } from './chaos-database.ts'
import { CHAOS_SETTINGS } from './chaos-run.ts'
import { verdictsOf } from './verdicts.ts'

// One process for each role, two for those that must not be missing, on one PostgreSQL.

const TEST_MS_MAX = 120_000
const TAKEOVER_MS_MAX = 5_000
/** So many are created while the processes are restarted, and more as long as that lasts. */
const TASKS_MIN = 60
const CREATE_EVERY_MS = 100

let database: TestDatabase
let url: string
let directory: string
let db: Db
const running: ServerProcess[] = []
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  url = database.url ?? ''
  directory = await mkdtemp(join(tmpdir(), 'cadre-roles-'))
}, TEST_MS_MAX)
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop({ isDataKept: true }).catch(() => {})))
  await rm(directory, { recursive: true, force: true })
  await db?.close()
  await database.drop()
})

const start = async (roles: string): Promise<ServerProcess> => {
  const server = await startServer({
    ...CHAOS_SETTINGS,
    CADRE_DATABASE_URL: url,
    CADRE_ROLES: roles,
    // Binaries are where every process finds them; an S3-compatible store does the same.
    CADRE_DATA_DIR: directory,
  })
  running.push(server)
  return server
}
const clientOf = ({ url: baseUrl, key }: ServerProcess): Client =>
  createClient({ baseUrl, key, fetch })

const leader = async (): Promise<string | null> => {
  const rows = await db.query<{ holder: string | null }>(
    `select holder from leaders where name = 'scheduler' and expires_at > now()`,
  )
  return rows[0]?.holder ?? null
}
const allDone = (count: number) =>
  expect
    .poll(
      async () =>
        (await db.query(`select 1 from tasks where status = 'DONE' and kind = 'queued'`)).length,
      { timeout: 60_000, interval: 100 },
    )
    .toBe(count)

test(
  'a role of its own each: a task goes through all of them',
  { timeout: TEST_MS_MAX },
  async () => {
    const api = await start('api')
    const worker = await start('worker')
    await start('scheduler')
    db = await openChaosDb(url)
    const form = new FormData()
    form.set('name', 'noop')
    form.set('binary', new Blob([NOOP_MODULE]), 'noop.wasm')
    await clientOf(api).agents.publish(form)
    await clientOf(api).tasks.create({ agent_id: 'noop', input: 1 })
    await allDone(1)
    // Every role says how it is; only one takes calls.
    expect((await clientOf(worker).health()).status).toBe('healthy')
    await expect(clientOf(worker).tasks.counts()).rejects.toMatchObject({ status: 404 })
  },
)

test(
  'the leader is killed → another leads within 5 s, and work goes on',
  { timeout: TEST_MS_MAX },
  async () => {
    const [api, , first] = running
    if (api === undefined || first === undefined) throw new Error('The processes run')
    await start('scheduler')
    const before = await leader()
    expect(before).not.toBeNull()
    const killedAt = performance.now()
    await first.kill()
    await clientOf(api).tasks.create({ agent_id: 'noop', input: 2 })
    await expect
      .poll(async () => ![null, before].includes(await leader()), {
        timeout: TAKEOVER_MS_MAX,
        interval: 50,
      })
      .toBe(true)
    expect(performance.now() - killedAt).toBeLessThan(TAKEOVER_MS_MAX)
    await allDone(2)
  },
)

test(
  'every process restarted in turn under load → nothing lost',
  { timeout: TEST_MS_MAX },
  async () => {
    const [api, worker, , scheduler] = running
    const spare = await start('api')
    await start('worker')
    const created: string[] = []
    let isOver = false
    const producing = (async () => {
      for (let index = 0; !isOver || created.length < TASKS_MIN; index++) {
        const { id } = await clientOf(spare).tasks.create({ agent_id: 'noop', input: index })
        created.push(id)
        await pause(CREATE_EVERY_MS)
      }
    })()
    producing.catch(() => {})
    for (const [roles, old] of Object.entries({ api, worker, scheduler })) {
      await start(roles)
      await old?.stop({ isDataKept: true })
    }
    isOver = true
    await producing
    await allDone(2 + created.length)
    const faults = [...(await verdictsOf(db)).values()].filter((fault) => fault !== null)
    expect(faults).toEqual([])
  },
)
