import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { startRedis, type RedisServer } from '../support/services/redis-server.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'
import { openChaosDb } from './chaos-database.ts'
import { CHAOS_SETTINGS, survive, TASKS, TEST_MS_MAX, type Fault } from './chaos-run.ts'

// Redis carries the work, keeps nothing on disk, and is flushed, killed and cut off at random.

let redis: RedisServer
let wire: FaultProxy
let database: TestDatabase
let processes: CadreProcess[] = []

beforeAll(async () => {
  redis = await startRedis()
  wire = await startFaultProxy(redis.url)
  database = await createTestDatabase('postgres')
  const settings = {
    ...CHAOS_SETTINGS,
    CADRE_DATABASE_URL: database.url ?? '',
    CADRE_BROKER: 'redis',
    // What Redis lost must come again because the loss was noticed, not because time passed.
    CADRE_REDELIVER_SECONDS: '3600',
  }
  processes = [
    await startCadreProcess({ ...settings, CADRE_REDIS_URL: redis.url }),
    await startCadreProcess({ ...settings, CADRE_REDIS_URL: wire.url }),
  ]
})
afterAll(async () => {
  await Promise.all(processes.map((cadre) => cadre.stop()))
  await wire.close()
  await redis.stop()
  await database.drop()
})

describe(`${TASKS} tasks, each done exactly once, none lost, none stuck`, () => {
  test(
    'Redis flushed, killed and started empty, its connections cut, delayed and half-opened',
    { timeout: TEST_MS_MAX },
    () => {
      const [first, second] = processes
      if (first === undefined || second === undefined) throw new Error('no process was started')
      return survive({
        url: first.url,
        agentUrls: [first.url, second.url],
        key: first.key,
        openDb: () => openChaosDb(database.url ?? ''),
        faults: [
          () => redis.flush(),
          async (fraction) => {
            await redis.crash()
            await pause(fraction() * 1_000)
            await redis.start()
          },
          ...(['half-open', 'delay', 'down'] as const).map((fault): Fault => async (fraction) => {
            wire.set(fault)
            await pause(200 + fraction() * 1_000)
            wire.set('none')
          }),
        ],
      })
    },
  )
})
