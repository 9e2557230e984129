import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
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

/** A server of a test's own, which the test may treat as badly as it likes. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Kills the server as a crash would; what it held is gone, for it keeps nothing on disk. */
  crash(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
  /** Removes every key. */
  flush(): Promise<void>
  /** Ends the server for good. Idempotent. */
  stop(): Promise<void>
}

/** A server of its own on a private port, from an installed program; in memory only. */
export const startRedis = async (): Promise<RedisServer & { how: string }> => {
  const { found: program, isInstalledNow } = await installUnlessFound(['redis-server'], () =>
    firstExecutable(PROGRAMS),
  )
  const [port = 0] = await freePorts(1)
  const password = randomBytes(16).toString('hex')
  const url = `redis://:${password}@127.0.0.1:${port}`
  let running: GuardedProcess | null = null
  const start = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cadre-redis-'))
    try {
      running = startGuarded({
        command: program,
        args: serverArguments(port, password, directory),
        stopSignal: 'SIGKILL',
        directory,
      })
      await running.says(READY)
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      throw error
    }
  }
  const stop = async () => {
    await running?.stop()
    running = null
  }
  await start()
  return {
    url,
    port,
    how: `${isInstalledNow ? 'installed now, ' : ''}${program} on port ${port}`,
    start,
    crash: stop,
    stop,
    flush: async () => {
      const client = new Redis(url)
      await client.flushall()
      client.disconnect()
    },
  }
}

const serverArguments = (port: number, password: string, directory: string): string[] =>
  [
    ['--port', String(port)],
    ['--bind', '127.0.0.1'],
    ['--dir', directory],
    ['--requirepass', password],
    ['--save', ''],
    ['--appendonly', 'no'],
  ].flat()
