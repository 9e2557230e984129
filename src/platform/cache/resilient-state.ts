import type { Clock, Timer } from '../clock.ts'
import { isAppError } from '../errors.ts'
import type { MemoryState } from './memory-state.ts'
import type { RedisState } from './redis-state.ts'
import type { SharedState } from './shared-state.ts'

const REPAIR_RETRY_MS = 1_000
const TOUCHED_KEYS_MAX = 10_000

/**
 * Redis while it answers, this process's memory while it does not: nobody notices but the
 * health page. What was written meanwhile is removed from Redis before Redis is used again, so
 * that no older value comes back. Limits count per process meanwhile.
 */
export const createResilientState = (options: {
  redis: RedisState
  memory: MemoryState
  clock: Clock
  onLost: () => void
  onRecovered: () => void
}): SharedState => {
  const { redis, memory, clock } = options
  const touched = new Set<string>()
  let isShared = false
  let isLossTold = false
  let isClosed = false
  let repairing: Promise<void> | null = null
  let retry: Timer | null = null

  const lose = () => {
    isShared = false
    retry?.cancel()
    if (!isClosed) retry = clock.after(REPAIR_RETRY_MS, startRepair)
    if (isLossTold) return
    isLossTold = true
    options.onLost()
  }
  const repair = async () => {
    try {
      await redis.health()
      for (const key of touched) {
        await redis.cache.delete(key)
        touched.delete(key)
      }
      // Nobody writes between: the loop ends in the turn in which the set is empty.
      memory.forget()
      isShared = true
      if (isLossTold) options.onRecovered()
      isLossTold = false
    } catch {
      lose()
    }
  }
  const startRepair = () => {
    if (isClosed || isShared) return
    repairing ??= repair().finally(() => (repairing = null))
  }
  const stopListening = redis.onReady(() => {
    // A new connection: what the old one was asked last may have come to nothing.
    isShared = false
    startRepair()
  })

  const either = async <Result>(
    shared: () => Promise<Result>,
    alone: () => Promise<Result>,
  ): Promise<Result> => {
    if (!isShared) return alone()
    try {
      return await shared()
    } catch (error) {
      if (!isAppError(error, 'redis.unavailable')) throw error
      lose()
      return alone()
    }
  }
  const touch = (key: string) => {
    // Beyond its bound a stale value may live on in Redis until its time is over.
    if (touched.size < TOUCHED_KEYS_MAX) touched.add(key)
  }

  return {
    cache: {
      get: (key) =>
        either(
          () => redis.cache.get(key),
          () => memory.cache.get(key),
        ),
      set: (key, value, keep) =>
        either(
          () => redis.cache.set(key, value, keep),
          () => {
            touch(key)
            return memory.cache.set(key, value, keep)
          },
        ),
      delete: (key) =>
        either(
          () => redis.cache.delete(key),
          () => {
            touch(key)
            return memory.cache.delete(key)
          },
        ),
    },
    fanout: {
      publish: (channel, payload) =>
        either(
          () => redis.fanout.publish(channel, payload),
          () => memory.fanout.publish(channel, payload),
        ),
      subscribe: async (channel, listener) => {
        const ends = await Promise.all([
          redis.fanout.subscribe(channel, listener),
          memory.fanout.subscribe(channel, listener),
        ])
        return async () => void (await Promise.all(ends.map((end) => end())))
      },
    },
    rateLimits: {
      take: (request) =>
        either(
          () => redis.rateLimits.take(request),
          () => memory.rateLimits.take(request),
        ),
      takeAll: (requests) =>
        either(
          () => redis.rateLimits.takeAll(requests),
          () => memory.rateLimits.takeAll(requests),
        ),
      giveBack: (request) =>
        either(
          () => redis.rateLimits.giveBack(request),
          () => memory.rateLimits.giveBack(request),
        ),
    },
    health: async () => {
      if (!isShared) return { isHealthy: false, detail: 'Redis is away: each process for itself' }
      return redis.health()
    },
    close: async () => {
      isClosed = true
      retry?.cancel()
      stopListening()
      await redis.close()
      await repairing
      await memory.close()
    },
  }
}
