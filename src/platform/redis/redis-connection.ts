import { Redis } from 'ioredis'
import type { Random } from '../random.ts'
import { redisFault } from './redis-errors.ts'
import type { RedisScript } from './redis-script.ts'

export interface RedisConnectionOptions {
  /** `redis://user:password@host:port/database`; `rediss://` for TLS. */
  url: string
  /** Shown in Redis's list of clients. */
  name: string
  random: Random
  /** Called once per outage, with what began it. */
  onFault: (error: unknown) => void
  /** A connection that leaves a command unanswered for so long is cut and opened anew. */
  answerMsMax?: number
}

export type RedisValue = string | number | Buffer

/**
 * One connection that heals itself. A command is sent or refused at once with
 * `redis.unavailable`: none waits for a lost server, and none is ever sent twice.
 */
export interface RedisConnection {
  readonly isReady: boolean
  call(command: string, ...args: RedisValue[]): Promise<unknown>
  /** Runs a script on the server, in one round trip once the server knows it. */
  run(script: RedisScript, key: string, args: readonly RedisValue[]): Promise<unknown>
  /** Calls back whenever the connection is ready anew, also if it is now. */
  onReady(listener: () => void): () => void
  /** Resolves when the connection is ready, or after `timeoutMs` without it. */
  whenReady(timeoutMs: number): Promise<void>
  /** Messages of the channels that were subscribed to with `call('subscribe', …)`. */
  onMessage(listener: (channel: string, payload: string) => void): void
  /** Ends the pause between two attempts to connect. */
  tryNow(): void
  close(): void
}

const RECONNECT_BASE_MS = 50
const RECONNECT_CAP_MS = 2_000
const CONNECT_MS_MAX = 5_000
const ANSWER_MS_MAX = 5_000

export const createRedisConnection = (options: RedisConnectionOptions): RedisConnection => {
  const { random } = options
  const client = new Redis(options.url, {
    connectionName: options.name,
    connectTimeout: CONNECT_MS_MAX,
    socketTimeout: options.answerMsMax ?? ANSWER_MS_MAX,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => {
      const capMs = Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** Math.min(tries, 16))
      return Math.ceil((0.5 + random.fraction() / 2) * capMs)
    },
  })
  let isOutageReported = false
  let lastFault: unknown = null
  const report = (error: unknown) => {
    if (isOutageReported) return
    isOutageReported = true
    options.onFault(redisFault(error))
  }
  client.on('error', (error) => {
    lastFault = error
    report(error)
  })
  client.on('close', () => report(new Error('The connection to Redis was lost.')))
  client.on('ready', () => {
    isOutageReported = false
    lastFault = null
  })

  const translated = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work
    } catch (error) {
      throw redisFault(client.status === 'ready' ? error : (lastFault ?? error))
    }
  }
  const evaluate = async (
    { sha1, text }: RedisScript,
    key: string,
    args: readonly RedisValue[],
  ) => {
    try {
      return await client.call('evalsha', sha1, 1, key, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return client.call('eval', text, 1, key, ...args)
    }
  }
  return {
    get isReady() {
      return client.status === 'ready'
    },
    call: (command, ...args) => translated(client.call(command, ...args)),
    run: (script, key, args) => translated(evaluate(script, key, args)),
    onReady: (listener) => {
      client.on('ready', listener)
      if (client.status === 'ready') listener()
      return () => void client.off('ready', listener)
    },
    whenReady: (timeoutMs) =>
      new Promise((resolve) => {
        if (client.status === 'ready') return resolve()
        const done = () => {
          clearTimeout(timer)
          client.off('ready', done)
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        client.on('ready', done)
      }),
    onMessage: (listener) => void client.on('message', listener),
    tryNow: () => {
      // A failure is reported by its event, and the attempts go on.
      if (client.status === 'reconnecting') client.connect().catch(() => {})
    },
    close: () => {
      isOutageReported = true
      client.disconnect()
    },
  }
}
