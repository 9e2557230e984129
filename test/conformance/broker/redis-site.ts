import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { insertDeadLetters } from '#platform/broker/dead-letter-store.ts'
import { createRedisBrokerStore } from '#platform/broker/redis-broker-store.ts'
import { createRedisBroker } from '#platform/broker/redis-broker.ts'
import { systemClock, type Clock } from '#platform/clock.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { createRedisConnection } from '#platform/redis/redis-connection.ts'
import { createTestDatabase } from '../../support/databases.ts'
import { doorTo } from '../../support/postgres-faults.ts'
import { sharedRedisUrl } from '../../support/redis-address.ts'
import { startRedis } from '../../support/services/redis-server.ts'
import { DELIVERIES_MAX, type BrokerSite, type RestartableServer } from './broker-site.ts'
import { readDeadLetters } from './dead-letters.ts'

const LOCK_SECONDS = 60
const CONNECT_MS_MAX = 5_000
const ids = createIds(systemClock, systemRandom)

/** Under a prefix of its own, with a database for the dead. */
export const openRedisSite = async (ownUrl?: string): Promise<BrokerSite> => {
  const url = ownUrl ?? (await sharedRedisUrl())
  const keyPrefix = randomUUID()
  const door = await doorTo(url)
  const database = await createTestDatabase('postgres')
  const db = await database.open()
  return {
    openBroker: (wish) =>
      createRedisBroker({
        ...wish,
        url: door.url,
        keyPrefix,
        ids,
        random: systemRandom,
        bury: (letter) => db.transaction((tx) => insertDeadLetters(tx, [letter])),
        onReset: async () => {},
        lockSeconds: LOCK_SECONDS,
        deliveriesMax: DELIVERIES_MAX,
      }),
    deadLettersOf: (queue) => readDeadLetters(db, queue),
    countOf: (queue) => countOf(url, keyPrefix, queue),
    takeAndDie: (queue, clock) => takeAndDie({ url, keyPrefix, queue, clock }),
    cutConnections: async () => {
      door.shut()
      door.open()
    },
    close: async () => {
      await door.close()
      await database.drop()
    },
  }
}

/** On a server of its own that keeps its data, which a test may end. */
export const openOwnRedisSite = async (): Promise<BrokerSite & RestartableServer> => {
  const server = await startRedis({ isDurable: true })
  const site = await openRedisSite(server.url)
  return {
    ...site,
    stopServer: server.end,
    killServer: server.crash,
    startServer: server.start,
    close: async () => {
      await site.close()
      await server.stop()
    },
  }
}

const countOf = async (url: string, keyPrefix: string, queue: string): Promise<number> => {
  const client = new Redis(url)
  try {
    const records = await client.hvals(`{${keyPrefix}}:broker:messages`)
    return records.filter((record) => record.includes(` ${queue}[`)).length
  } finally {
    client.disconnect()
  }
}

const takeAndDie = async (taker: {
  url: string
  keyPrefix: string
  queue: string
  clock: Clock
}): Promise<void> => {
  const now = taker.clock.now()
  const redis = createRedisConnection({
    url: taker.url,
    name: 'doomed',
    random: systemRandom,
    onFault: () => {},
  })
  try {
    await redis.whenReady(CONNECT_MS_MAX)
    const taken = await createRedisBrokerStore(redis, taker.keyPrefix).take({
      consumer: randomUUID(),
      queues: [taker.queue],
      limit: 1,
      now,
      livesUntil: new Date(now.getTime() + LOCK_SECONDS * 1_000),
    })
    if (taken.length !== 1) throw new Error('There was nothing to take.')
  } finally {
    redis.close()
  }
}
