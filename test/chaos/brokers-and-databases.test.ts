import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { databaseUrl, withServer } from '../support/services/postgres-template.ts'
import { startPostgres, type PostgresNode } from '../support/services/postgres-by-packages.ts'
import { startRabbitMq, type RabbitMqNode } from '../support/services/rabbitmq-node.ts'
import { startFaultProxy, type FaultProxy, type NetworkFault } from '../support/fault-proxy.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'
import { openChaosDb } from './chaos-database.ts'
import { CHAOS_SETTINGS, isLong, survive, TASKS, TEST_MS_MAX, type Fault } from './chaos-run.ts'

// What Cadre stands on is stopped, killed, cut off and slowed down at random instants while tasks
// are made and run: everything in one world, or in the long form, `npm run chaos`, in one for each.

let postgres: PostgresNode
let rabbitMq: RabbitMqNode
beforeAll(async () => {
  ;[postgres, rabbitMq] = await Promise.all([
    startPostgres({ isDurable: true }),
    startRabbitMq({ isManaged: false }),
  ])
})
afterAll(async () => {
  await Promise.all([postgres.close(), rabbitMq.close()])
})

interface World {
  database: FaultProxy
  broker: FaultProxy
  api: FaultProxy
}

const LONGEST_PAUSE_MS = isLong ? 2_000 : 1_000

/** Stopped or killed, in turn. */
const rabbitMqEnds = (): Fault[] => {
  let isKilledNext = false
  return [
    async (fraction) => {
      await (isKilledNext ? rabbitMq.kill() : rabbitMq.stop())
      isKilledNext = !isKilledNext
      await pause(fraction() * 1_000)
      await rabbitMq.start()
    },
  ]
}

const postgresEnds = (): Fault[] =>
  (['stop', 'kill'] as const).map((end) => async (fraction) => {
    await postgres[end]()
    await pause(fraction() * 1_000)
    await postgres.start()
  })

const networkFails = ({ database, broker, api }: World): Fault[] => {
  const proxies = [database, broker, api]
  const anyOf = (fraction: () => number) =>
    proxies[Math.floor(fraction() * proxies.length)] ?? database
  const lasting = (['delay', 'half-open', 'down'] as const satisfies NetworkFault[]).map(
    (fault): Fault =>
      async (fraction) => {
        const proxy = anyOf(fraction)
        proxy.set(fault)
        await pause(200 + fraction() * LONGEST_PAUSE_MS)
        proxy.set('none')
      },
  )
  return [...lasting, async (fraction) => anyOf(fraction).cut()]
}

const answersAreLost = ({ database }: World): Fault[] => [
  async (fraction) => {
    database.set('lose-answers')
    await pause(50 + fraction() * 300)
    database.set('none')
  },
]

type FaultsOf = (world: World) => Fault[]
const STORMS: readonly [name: string, faultsOf: FaultsOf][] = [
  ['RabbitMQ stopped, killed and started again and again', rabbitMqEnds],
  ['PostgreSQL stopped, killed and started again and again', postgresEnds],
  ['connections cut, delayed, refused and half-opened', networkFails],
  ['answers of the database lost after it wrote', answersAreLost],
]
const ALL: typeof STORMS = [
  [
    STORMS.map(([name]) => name).join('; '),
    (world) => STORMS.flatMap(([, faultsOf]) => faultsOf(world)),
  ],
]

let databases = 0
const freshDatabase = async (): Promise<string> => {
  const name = `chaos_${++databases}`
  await withServer(postgres.url, (client) => client.query(`create database ${name}`))
  return databaseUrl(postgres.url, name)
}

/** One Cadre for one test, reached through proxies that the test may misuse. */
const surviveIn = async (faultsOf: FaultsOf): Promise<void> => {
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
      faults: faultsOf({ database, broker, api }),
    })
  } finally {
    for (const close of closing) await close()
  }
}

describe(`${TASKS} tasks, each done exactly once, none lost, none stuck`, () => {
  test.each(isLong ? STORMS : ALL)('%s', { timeout: TEST_MS_MAX }, (_, faultsOf) =>
    surviveIn(faultsOf),
  )
})
