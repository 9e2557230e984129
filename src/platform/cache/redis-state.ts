import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { RedisConnection } from '../redis/redis-connection.ts'
import { createRedisPair } from '../redis/redis-pair.ts'
import { createRedisFanout } from './redis-fanout.ts'
import { createRedisRateLimits } from './redis-rate-limits.ts'
import { VALUE_LENGTH_MAX, type Cache, type SharedState } from './shared-state.ts'

export interface RedisStateOptions {
  url: string
  clock: Clock
  random: Random
  /** Called once per outage. */
  onFault: (error: unknown) => void
  keyPrefix?: string
  /** Asks whether the listening connection lives this often: it hears of its death by nothing else. */
  probeSeconds?: number
}

/** Refuses with `redis.unavailable` while Redis is away. */
export interface RedisState extends SharedState {
  onReady(listener: () => void): () => void
  whenReady(timeoutMs: number): Promise<void>
}

/** Nobody should wait long for something that may as well be absent. */
const ANSWER_MS_MAX = 1_000

/** Shared by all processes that use this Redis under this prefix. */
export const createRedisState = (options: RedisStateOptions): RedisState => {
  const { clock, keyPrefix = 'cadre' } = options
  const probeMs = (options.probeSeconds ?? 5) * 1_000
  const pair = createRedisPair({ ...options, name: 'cadre cache', answerMsMax: ANSWER_MS_MAX })
  const { commands: redis, ears } = pair
  const keyOf = (kind: string) => (key: string) => `${keyPrefix}:${kind}:${key}`
  let isClosed = false

  const probe = () => {
    if (isClosed) return
    clock.after(probeMs, probe)
    if (ears.isReady) ears.call('ping').catch(ignore)
  }
  clock.after(probeMs, probe)

  return {
    cache: createRedisCache(redis, keyOf('cache')),
    fanout: createRedisFanout({ redis, ears, keyOf: keyOf('fanout'), onFault: options.onFault }),
    rateLimits: createRedisRateLimits({ redis, clock, keyOf: keyOf('rate') }),
    onReady: redis.onReady,
    whenReady: pair.whenReady,
    health: async () => {
      await redis.call('ping')
      return { isHealthy: ears.isReady, detail: 'Redis' }
    },
    close: async () => {
      isClosed = true
      pair.close()
    },
  }
}

/** A connection that breaks says so by itself. */
const ignore = () => {}

const createRedisCache = (redis: RedisConnection, keyOf: (key: string) => string): Cache => {
  const remove = async (key: string) => void (await redis.call('del', keyOf(key)))
  return {
    get: async (key) => (await redis.call('get', keyOf(key))) as string | null,
    set: async (key, value, { ttlMs }) => {
      if (value.length > VALUE_LENGTH_MAX || ttlMs <= 0) return remove(key)
      await redis.call('set', keyOf(key), value, 'px', Math.ceil(ttlMs))
    },
    delete: remove,
  }
}
