import { isAppError } from '../errors.ts'
import type { RedisConnection } from '../redis/redis-connection.ts'
import { createLocalListeners } from './memory-fanout.ts'
import type { Fanout } from './shared-state.ts'

export interface RedisFanoutOptions {
  redis: RedisConnection
  /** A connection that does nothing but listen. */
  ears: RedisConnection
  keyOf: (channel: string) => string
  onFault: (error: unknown) => void
}

/** One subscription per channel and process, however many listen. */
export const createRedisFanout = (options: RedisFanoutOptions): Fanout => {
  const { redis, ears, keyOf } = options
  const listeners = createLocalListeners(options.onFault)
  const prefixLength = keyOf('').length
  /** A connection that breaks says so itself, and the next one subscribes to all channels. */
  const listen = (command: 'subscribe' | 'unsubscribe', channels: readonly string[]) =>
    ears.call(command, ...channels.map(keyOf)).catch((error: unknown) => {
      if (!isAppError(error, 'redis.unavailable')) options.onFault(error)
    })

  ears.onMessage((key, payload) => listeners.tell(key.slice(prefixLength), payload))
  ears.onReady(() => {
    const channels = listeners.channels()
    if (channels.length > 0) void listen('subscribe', channels).then(listeners.tellGap)
  })
  return {
    publish: async (channel, payload) =>
      void (await redis.call('publish', keyOf(channel), payload)),
    subscribe: async (channel, listener) => {
      const own = { ...listener }
      listeners.add(channel, own)
      if (ears.isReady) await listen('subscribe', [channel])
      return async () => {
        listeners.remove(channel, own)
        if (!listeners.has(channel) && ears.isReady) await listen('unsubscribe', [channel])
      }
    },
  }
}
