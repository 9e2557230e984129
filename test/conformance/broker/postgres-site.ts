import { randomUUID } from 'node:crypto'
import { createPostgresBroker } from '#platform/broker/postgres-broker.ts'
import { lockNext } from '#platform/broker/postgres-broker-store.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createIds } from '#platform/ids.ts'
import { systemClock } from '#platform/clock.ts'
import { systemRandom } from '#platform/random.ts'
import { createTestDatabase, type Dialect } from '../../support/databases.ts'
import { terminateSessions } from '../../support/postgres-faults.ts'
import { DELIVERIES_MAX, type BrokerSite } from './broker-site.ts'
import { readDeadLetters } from './dead-letters.ts'

export const LOCK_SECONDS = 60
const ids = createIds(systemClock, systemRandom)

export const openPostgresSite = async (dialect: Dialect): Promise<BrokerSite & { db: Db }> => {
  const database = await createTestDatabase(dialect)
  const db = await database.open()
  return {
    db,
    openBroker: (wish) =>
      createPostgresBroker({
        ...wish,
        db,
        ids,
        lockSeconds: LOCK_SECONDS,
        deliveriesMax: DELIVERIES_MAX,
      }),
    deadLettersOf: (queue) => readDeadLetters(db, queue),
    countOf: async (queue) =>
      (await db.query('select 1 from broker_messages where queue = $1', [queue])).length,
    takeAndDie: async (queue, clock: Clock) => {
      const now = clock.now()
      const lockedUntil = new Date(now.getTime() + LOCK_SECONDS * 1_000)
      const lock = { queues: [queue], consumer: randomUUID(), limit: 1, now, lockedUntil }
      if ((await lockNext(db, lock)).length !== 1) throw new Error('There was nothing to take.')
    },
    cutConnections: async () => {
      if (dialect === 'postgres') await terminateSessions(db, '%')
    },
    close: database.drop,
  }
}
