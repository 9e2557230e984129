import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { databaseUrl, withServer } from '../support/services/postgres-template.ts'
import { startPostgres, type PostgresNode } from '../support/services/postgres-by-packages.ts'
import { startRabbitMq, type RabbitMqNode } from '../support/services/rabbitmq-node.ts'
import { startFaultProxy, type FaultProxy, type NetworkFault } from '../support/fault-proxy.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'
import { openChaosDb } from './chaos-database.ts'
import { CHAOS_SETTINGS, DISTURBANCES, isLong, survive, TASKS, TEST_MS_MAX } from './chaos-run.ts'

// What Cadre stands on is stopped, killed, cut off and slowed down at random instants while tasks
// are made and run. `npm run chaos` runs the long form.

/** Each takes it ten seconds. */
const RABBITMQ_RESTARTS = isLong ? DISTURBANCES : 2

let postgres: PostgresNode
let rabbitMq: RabbitMqNode
beforeAll(async () => {
  ;[postgres, rabbitMq] = await Promise.all([startPostgres({ isDurable: true }), startRabbitMq()])
})
afterAll(async () => {
  await Promise.all([postgres.close(), rabbitMq.close()])
})

let databases = 0
const freshDatabase = async (): Promise<string> => {
  const name = `chaos_${++databases}`
  await withServer(postgres.url, (client) => client.query(`create database ${name}`))
  return databaseUrl(postgres.url, name)
}

/** One Cadre for one test, reached through proxies that the test may misuse. */
const inWorld = async (
  disturb: (world: {
    database: FaultProxy
    broker: FaultProxy
    api: FaultProxy
  }) => (fraction: () => number) => Promise<void>,
  disturbances = DISTURBANCES,
): Promise<void> => {
  const url = await freshDatabase()
  const closing: (() => Promise<void>)[] = []
  const proxyOf = async (target: string) => {
    const proxy = await startFaultProxy(target)
    closing.push(proxy.close)
    return proxy
  }
  try {
    const [database, broker] = await Promise.all([proxyOf(url), proxyOf(rabbitMq.url)])
    const cadre: CadreProcess = await startCadreProcess({
      ...CHAOS_SETTINGS,
      CADRE_DATABASE_URL: database.url,
      RABBITMQ_URL: broker.url,
      RABBITMQ_HEARTBEAT_SECONDS: '2',
    })
    closing.unshift(cadre.stop)
    const api = await proxyOf(cadre.url)
    await survive({
      url: api.url.replace(/\/$/, ''),
      key: cadre.key,
      amqp: rabbitMq.url,
      openDb: () => openChaosDb(url),
      disturb: disturb({ database, broker, api }),
      disturbances,
    })
  } finally {
    for (const close of closing) await close()
  }
}

describe(`${TASKS} tasks, each done exactly once, none lost, none stuck`, () => {
  test('RabbitMQ stopped, killed and started again and again', { timeout: TEST_MS_MAX }, () =>
    inWorld(
      () => async (fraction) => {
        await (fraction() < 0.5 ? rabbitMq.stop() : rabbitMq.kill())
        await pause(fraction() * 1_000)
        await rabbitMq.start()
      },
      RABBITMQ_RESTARTS,
    ),
  )

  test('PostgreSQL stopped, killed and started again and again', { timeout: TEST_MS_MAX }, () =>
    inWorld(() => async (fraction) => {
      await (fraction() < 0.5 ? postgres.stop() : postgres.kill())
      await pause(fraction() * 1_000)
      await postgres.start()
    }),
  )

  test('connections cut, delayed, refused and half-opened', { timeout: TEST_MS_MAX }, () =>
    inWorld(({ database, broker, api }) => async (fraction) => {
      const faults = ['delay', 'half-open', 'down'] as const satisfies NetworkFault[]
      const proxies = [database, broker, api]
      const proxy = proxies[Math.floor(fraction() * proxies.length)] ?? database
      const fault = faults[Math.floor(fraction() * faults.length)] ?? 'down'
      if (fraction() < 0.3) proxy.cut()
      proxy.set(fault)
      await pause(200 + fraction() * 2_000)
      proxy.set('none')
    }),
  )

  test('answers of the database lost after it wrote', { timeout: TEST_MS_MAX }, () =>
    inWorld(({ database }) => async (fraction) => {
      database.set('lose-answers')
      await pause(50 + fraction() * 300)
      database.set('none')
    }),
  )
})
