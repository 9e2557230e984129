import { readFile } from 'node:fs/promises'
import type { Config } from './config.ts'
import type { Broker } from './platform/broker/broker.ts'
import { insertDeadLetters } from './platform/broker/dead-letter-store.ts'
import { createPostgresBroker } from './platform/broker/postgres-broker.ts'
import { createRabbitMqBroker } from './platform/broker/rabbitmq-broker.ts'
import { createRedisBroker } from './platform/broker/redis-broker.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Ids } from './platform/ids.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import { unadmitAll } from './platform/outbox/broker-loss-store.ts'
import type { Random } from './platform/random.ts'

export interface OpenBrokerOptions {
  config: Config
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  lifecycle: Lifecycle
  onFault: (error: unknown) => void
}

/**
 * The broker that the configuration names, or the one in the database. One that does not answer
 * yet is waited for in the background, and the health check says so.
 */
export const openBroker = async (options: OpenBrokerOptions): Promise<Broker> => {
  const broker = await choose(options)
  options.lifecycle.onStop('broker', broker.close)
  return broker
}

const choose = (options: OpenBrokerOptions): Promise<Broker> => {
  const { config, db } = options
  const kind = config.CADRE_BROKER
  if (kind === 'redis' && config.CADRE_REDIS_URL !== undefined)
    return openRedis(config.CADRE_REDIS_URL, options)
  if (kind !== 'postgres' && config.RABBITMQ_URL !== undefined)
    return openRabbitMq(config.RABBITMQ_URL, options)
  return createPostgresBroker({ ...options, isAlone: db.dialect === 'pglite' })
}

const openRabbitMq = async (url: string, options: OpenBrokerOptions): Promise<Broker> => {
  const { config, db } = options
  const { RABBITMQ_CA_FILE: caFile } = config
  return createRabbitMqBroker({
    ...options,
    url,
    ca: caFile === undefined ? null : await readFile(caFile, 'utf8'),
    bury: (letter) => db.transaction((tx) => insertDeadLetters(tx, [letter])),
    tasksQueue: config.RABBITMQ_TASKS_QUEUE,
    queueType: config.RABBITMQ_QUEUE_TYPE,
    delayedExchange: config.RABBITMQ_DELAYED_EXCHANGE ?? null,
    heartbeatSeconds: config.RABBITMQ_HEARTBEAT_SECONDS,
    confirmSeconds: config.RABBITMQ_CONFIRM_SECONDS,
  })
}

const openRedis = (url: string, options: OpenBrokerOptions): Promise<Broker> => {
  const { config, db, clock } = options
  return createRedisBroker({
    ...options,
    url,
    keyPrefix: config.CADRE_REDIS_PREFIX,
    bury: (letter) => db.transaction((tx) => insertDeadLetters(tx, [letter])),
    onReset: () => unadmitAll(db, clock.now()),
  })
}
