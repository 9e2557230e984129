import type { Duplex } from 'node:stream'
import { connect } from 'amqplib'
import { insertDeadLetters } from '#platform/broker/dead-letter-store.ts'
import {
  createRabbitMqBroker,
  type RabbitMqBrokerOptions,
} from '#platform/broker/rabbitmq-broker.ts'
import { systemClock } from '#platform/clock.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { createTestDatabase } from '../../support/databases.ts'
import { doorTo, type Door } from '../../support/postgres-faults.ts'
import { createTestVhost, type TestVhost } from '../../support/rabbitmq.ts'
import { startRabbitMq } from '../../support/services/rabbitmq-node.ts'
import type { RabbitMqAddress } from '../../support/services/rabbitmq.ts'
import { DELIVERIES_MAX, type BrokerSite, type RestartableServer } from './broker-site.ts'
import { readDeadLetters } from './dead-letters.ts'

const ids = createIds(systemClock, systemRandom)

export interface RabbitMqSite extends BrokerSite {
  vhost: TestVhost
  /** Stands between the brokers and the server. */
  door: Door
  openBroker(
    wish: Pick<RabbitMqBrokerOptions, 'clock' | 'onFault'> & Partial<RabbitMqBrokerOptions>,
  ): ReturnType<typeof createRabbitMqBroker>
}

/** On a vhost of its own, with a database for the dead. */
export const openRabbitMqSite = async (server?: RabbitMqAddress): Promise<RabbitMqSite> => {
  const vhost = await createTestVhost(server)
  const door = await doorTo(vhost.url)
  const database = await createTestDatabase('postgres')
  const db = await database.open()
  return {
    vhost,
    openBroker: (wish) =>
      createRabbitMqBroker({
        url: door.url,
        ids,
        random: systemRandom,
        bury: (letter) => db.transaction((tx) => insertDeadLetters(tx, [letter])),
        deliveriesMax: DELIVERIES_MAX,
        ...wish,
      }),
    deadLettersOf: (queue) => readDeadLetters(db, queue),
    countOf: async (queue) => (await vhost.management.queue(vhost.name, queue))?.messages ?? 0,
    takeAndDie: (queue) => takeAndDie(vhost.url, queue),
    cutConnections: async () => {
      door.shut()
      door.open()
    },
    door,
    close: async () => {
      await door.close()
      await vhost.drop()
      await database.drop()
    },
  }
}

/** On a server of its own, which a test may end. */
export const openOwnRabbitMqSite = async (): Promise<RabbitMqSite & RestartableServer> => {
  const node = await startRabbitMq()
  const site = await openRabbitMqSite(node)
  return {
    ...site,
    stopServer: node.stop,
    killServer: node.kill,
    startServer: node.start,
    close: async () => {
      await site.close()
      await node.close()
    },
  }
}

const takeAndDie = async (url: string, queue: string): Promise<void> => {
  const model = await connect(url)
  const channel = await model.createChannel()
  await channel.prefetch(1)
  await new Promise((resolve) => void channel.consume(queue, resolve))
  const closed = new Promise((resolve) => model.once('close', resolve))
  model.on('error', () => {})
  ;(model.connection as unknown as { stream: Duplex }).stream.destroy(new Error('dead'))
  await closed
}
