import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { firstExecutable, installUnlessFound } from './debian-packages.ts'
import { freePorts } from './free-ports.ts'
import { startGuarded, type GuardedProcess } from './guarded-process.ts'
import type { PostgresWish, ProvidedPostgres } from './postgres.ts'
import { unprivilegedUser, type SystemUser } from './system-user.ts'

const run = promisify(execFile)
const INSTALLED = '/usr/lib/postgresql'
const READY = /database system is ready to accept connections/
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

/** A PostgreSQL of its own that a test may ill-treat. It keeps its port and its data. */
export interface PostgresNode {
  /** A role that may create databases. */
  url: string
  how: string
  /** Cuts everybody off and shuts down in order. */
  stop(): Promise<void>
  /** Starts it again after `stop` or `kill`; resolves when it takes connections. */
  start(): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Ends it for good, with its data. Idempotent. */
  close(): Promise<void>
}

/** Starts one from installed programs, in a temporary directory and on a private port. */
export const startPostgres = async (wish: PostgresWish): Promise<PostgresNode> => {
  const { found: programs, isInstalledNow } = await installUnlessFound(['postgresql'], findPrograms)
  const user = await unprivilegedUser('postgres')
  const directory = await mkdtemp(join(tmpdir(), 'cadre-postgres-'))
  // Lives as long as the server may be started again, and removes its directory in the end.
  const holder = startGuarded({
    command: 'sleep',
    args: ['infinity'],
    stopSignal: 'SIGTERM',
    directory,
  })
  let server: GuardedProcess | null = null
  try {
    if (user !== undefined) await chown(directory, user.uid, user.gid)
    const password = await initialise({ programs, directory, user })
    const [port = 0] = await freePorts(1)
    const start = async () => {
      server = startGuarded({
        command: join(programs, 'postgres'),
        args: serverArguments(join(directory, 'data'), port, wish),
        stopSignal: 'SIGINT',
        user,
      })
      await server.says(READY)
    }
    const end = async (signal: NodeJS.Signals) => {
      server?.signal(signal)
      await server?.ended
      server = null
    }
    await start()
    return {
      url: `postgres://cadre:${password}@127.0.0.1:${port}/postgres`,
      how: `${isInstalledNow ? 'installed now, ' : ''}${programs} on port ${port}`,
      start,
      stop: () => end('SIGINT'),
      // An immediate shutdown: nothing is written any more, and nothing is left running.
      kill: () => end('SIGQUIT'),
      close: async () => {
        await server?.stop()
        await holder.stop()
      },
    }
  } catch (error) {
    await holder.stop()
    throw error
  }
}

export const providePostgresByPackages = async (wish: PostgresWish): Promise<ProvidedPostgres> => {
  const { url, how, close } = await startPostgres(wish)
  return { url, how, stop: close }
}

/** The directory of the newest installed version's programs. */
const findPrograms = async (): Promise<string | null> => {
  const versions = await readdir(INSTALLED).catch(() => [])
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a))
  const initdb = await firstExecutable([
    ...newestFirst.map((version) => join(INSTALLED, version, 'bin', 'initdb')),
    '/usr/local/bin/initdb',
    '/opt/homebrew/bin/initdb',
  ])
  return initdb === null ? null : join(initdb, '..')
}

const initialise = async (cluster: {
  programs: string
  directory: string
  user: SystemUser | undefined
}): Promise<string> => {
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(cluster.directory, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (cluster.user !== undefined) await chown(passwordFile, cluster.user.uid, cluster.user.gid)
  await run(
    join(cluster.programs, 'initdb'),
    [
      `--pgdata=${join(cluster.directory, 'data')}`,
      '--username=cadre',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...cluster.user, cwd: '/' },
  )
  return password
}

const serverArguments = (data: string, port: number, { isDurable = false }: PostgresWish) => {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'lc_messages=C',
    'max_connections=200',
    ...(isDurable ? [] : NOT_DURABLE),
  ]
  return ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
}
