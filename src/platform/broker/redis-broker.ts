import { assert, unavailable } from '../errors.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Random } from '../random.ts'
import { createRedisPair } from '../redis/redis-pair.ts'
import {
  LEVEL_MAX,
  type Broker,
  type BuryMessage,
  type Message,
  type StalledQueue,
} from './broker.ts'
import { describeStalls } from './consumer-watch.ts'
import { createRedisAcknowledger } from './redis-acknowledger.ts'
import { createRedisBrokerStore } from './redis-broker-store.ts'
import { createRedisSubscription, type RedisSubscription } from './redis-subscription.ts'

export interface RedisBrokerOptions {
  url: string
  clock: Clock
  ids: Ids
  random: Random
  /** A fault in the background, after which the broker tries again by itself. */
  onFault: (error: unknown) => void
  /** Stores a dead letter where the truth is. Must be durable when it resolves. */
  bury: BuryMessage
  /**
   * Redis lost everything: whatever it carried must be published again. Called by one process,
   * the first to notice, and also for a Redis that never carried anything.
   */
  onReset: () => Promise<void>
  /** Two systems may share a Redis under different prefixes. */
  keyPrefix?: string
  /** A consumer that does not renew its locks for so long has lost its messages. */
  lockSeconds?: number
  /** Renews locks, frees those of the dead, and looks for what a lost wake-up left behind. */
  sweepSeconds?: number
  /** A message delivered more often is dead. */
  deliveriesMax?: number
}

const PUBLISH_MAX = 1_000
const FIRST_CONNECT_MS_MAX = 2_000

/**
 * The broker on Redis: sorted sets and atomic scripts, waked by pub/sub. Redis may lose its
 * memory at any time; the outbox publishes again.
 */
export const createRedisBroker = async (options: RedisBrokerOptions): Promise<Broker> => {
  const { clock, keyPrefix = 'cadre' } = options
  const lockMs = (options.lockSeconds ?? 60) * 1_000
  const sweepMs = (options.sweepSeconds ?? 5) * 1_000
  const subscriptions = new Set<RedisSubscription>()
  let isClosed = false
  const pair = createRedisPair({ ...options, name: 'cadre broker' })
  const { commands: redis, ears } = pair
  /** What fails while Redis is away is told by the connection, once. */
  const onFault = (error: unknown) => {
    if (redis.isReady) options.onFault(error)
  }
  const store = createRedisBrokerStore(redis, keyPrefix)
  const acknowledger = createRedisAcknowledger(store, clock)

  const sweep = async () => {
    if (isClosed || !redis.isReady) return
    try {
      if (await store.sweep(clock.now())) await options.onReset()
      await Promise.all([...subscriptions].map((subscription) => subscription.renew()))
      // A half-open connection would stay silent for ever without a question.
      if (ears.isReady) await ears.call('ping')
    } catch (error) {
      onFault(error)
    }
  }
  /** One sweep at a time; those who ask meanwhile get one more. */
  let isSweepQueued = false
  let sweeping: Promise<void> = Promise.resolve()
  const sweepSoon = () => {
    if (isSweepQueued) return
    isSweepQueued = true
    sweeping = sweeping.then(() => {
      isSweepQueued = false
      return sweep()
    })
  }
  let timer: Timer | null = null
  const scheduleSweep = () => {
    timer = clock.after(sweepMs, () => {
      sweepSoon()
      if (!isClosed) scheduleSweep()
    })
  }
  const wakeAll = (queue: string) => {
    for (const subscription of subscriptions) subscription.wake(queue)
  }

  const isOverdue = ({ renewedAt }: RedisSubscription) =>
    clock.now().getTime() - renewedAt.getTime() > lockMs

  redis.onReady(sweepSoon)
  ears.onMessage((_channel, queue) => wakeAll(queue))
  ears.onReady(() => {
    ears.call('subscribe', store.wakeChannel).then(() => wakeAll(''), onFault)
  })
  await pair.whenReady(FIRST_CONNECT_MS_MAX)
  await sweeping
  scheduleSweep()

  return {
    name: 'redis',
    declare: async (queues) => [...queues],
    publish: async (messages: readonly Message[]) => {
      for (const { level } of messages)
        assert(Number.isInteger(level) && level >= 0 && level <= LEVEL_MAX, 'a level is 0 to 9')
      const groups = Array.from({ length: Math.ceil(messages.length / PUBLISH_MAX) }, (_, index) =>
        messages.slice(index * PUBLISH_MAX, (index + 1) * PUBLISH_MAX),
      )
      const isWhole = await Promise.all(groups.map((group) => store.publish(group, clock.now())))
      if (isWhole.includes(false)) sweepSoon()
    },
    subscribe: async (request) => {
      if (isClosed) throw unavailable('broker.closed', 'The broker is closed.')
      const subscription = createRedisSubscription({
        ...options,
        store,
        acknowledger,
        request,
        lockMs,
        deliveriesMax: options.deliveriesMax ?? 100,
        onFault,
        onClose: () => subscriptions.delete(subscription),
      })
      subscriptions.add(subscription)
      subscription.wake('')
      return subscription
    },
    health: async () => {
      if (!pair.isReady)
        return {
          isHealthy: false,
          circuit: 'open',
          detail: 'Redis does not answer.',
          stalled: [],
        }
      await redis.call('ping')
      const stalled = [...subscriptions].filter(isOverdue).flatMap(stalledQueuesOf)
      return {
        isHealthy: stalled.length === 0,
        circuit: 'closed',
        detail:
          stalled.length === 0
            ? `consumers on Redis: ${subscriptions.size}`
            : describeStalls(stalled),
        stalled,
      }
    },
    tryNow: pair.tryNow,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await sweeping
      await Promise.all([...subscriptions].map((subscription) => subscription.close()))
      pair.close()
    },
  }
}

const stalledQueuesOf = ({ queues, renewedAt }: RedisSubscription): StalledQueue[] =>
  queues.map((queue) => ({
    queue,
    since: renewedAt,
    reason: 'its consumer could not renew its locks',
  }))
