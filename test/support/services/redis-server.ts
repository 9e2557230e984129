import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { firstExecutable, installUnlessFound } from './debian-packages.ts'
import { freePorts } from './free-ports.ts'
import { startGuarded, type GuardedProcess } from './guarded-process.ts'

const PROGRAMS = [
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
]
const READY = /Ready to accept connections/

export interface RedisWish {
  /** Keeps every write on disk before it answers, and has it again after a crash. */
  isDurable?: boolean
}

/** A server of a test's own, which the test may treat as badly as it likes. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Shuts the server down in order. */
  end(): Promise<void>
  /** Kills the server. What it held is gone, unless it is a durable one. */
  crash(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Removes every key. */
  flush(): Promise<void>
  /** Ends the server for good. Idempotent. */
  stop(): Promise<void>
}

/** A server of its own on a private port, from an installed program. */
export const startRedis = async ({ isDurable = false }: RedisWish = {}): Promise<
  RedisServer & { how: string }
> => {
  const { found: program, isInstalledNow } = await installUnlessFound(['redis-server'], () =>
    firstExecutable(PROGRAMS),
  )
  const [port = 0] = await freePorts(1)
  const password = randomBytes(16).toString('hex')
  const url = `redis://:${password}@127.0.0.1:${port}`
  const directory = await mkdtemp(join(tmpdir(), 'cadre-redis-'))
  // Outlives the server's crashes, and goes with this process however that ends.
  const keeper = startGuarded({
    command: 'sleep',
    args: ['infinity'],
    stopSignal: 'SIGKILL',
    directory,
  })
  let running: GuardedProcess | null = null
  const start = async () => {
    running = startGuarded({
      command: program,
      args: serverArguments({ port, password, directory, isDurable }),
      stopSignal: 'SIGKILL',
    })
    await running.says(READY)
  }
  const crash = async () => {
    await running?.stop()
    running = null
  }
  const end = async () => {
    running?.signal('SIGTERM')
    await running?.ended
    running = null
  }
  const stop = async () => {
    await crash()
    await keeper.stop()
  }
  await start().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    url,
    port,
    how: `${isInstalledNow ? 'installed now, ' : ''}${program} on port ${port}`,
    start,
    end,
    crash,
    stop,
    flush: async () => {
      const client = new Redis(url)
      await client.flushall()
      client.disconnect()
    },
  }
}

const serverArguments = (server: {
  port: number
  password: string
  directory: string
  isDurable: boolean
}): string[] =>
  [
    ['--port', String(server.port)],
    ['--bind', '127.0.0.1'],
    ['--dir', server.directory],
    ['--requirepass', server.password],
    ['--save', ''],
    ['--appendonly', server.isDurable ? 'yes' : 'no'],
    ['--appendfsync', 'always'],
  ].flat()
