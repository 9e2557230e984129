import {
  createRedisConnection,
  type RedisConnection,
  type RedisConnectionOptions,
} from './redis-connection.ts'

/** A connection for commands, and one that listens, for Redis wants them apart. */
export interface RedisPair {
  commands: RedisConnection
  ears: RedisConnection
  /** Both are. */
  readonly isReady: boolean
  whenReady(timeoutMs: number): Promise<void>
  /** Ends the pause between attempts of those that are not ready. */
  tryNow(): void
  close(): void
}

/** Both break together as a rule: `onFault` hears once of an outage, until both work again. */
export const createRedisPair = (options: RedisConnectionOptions): RedisPair => {
  let isOutage = false
  const onFault = (error: unknown) => {
    if (!isOutage) options.onFault(error)
    isOutage = true
  }
  const commands = createRedisConnection({ ...options, onFault })
  const ears = createRedisConnection({ ...options, onFault, name: `${options.name} ears` })
  const both = [commands, ears]
  const isReady = () => both.every((connection) => connection.isReady)
  for (const connection of both)
    connection.onReady(() => {
      if (isReady()) isOutage = false
    })
  return {
    commands,
    ears,
    get isReady() {
      return isReady()
    },
    whenReady: async (timeoutMs) =>
      void (await Promise.all(both.map((connection) => connection.whenReady(timeoutMs)))),
    tryNow: () => {
      for (const connection of both) connection.tryNow()
    },
    close: () => {
      for (const connection of both) connection.close()
    },
  }
}
