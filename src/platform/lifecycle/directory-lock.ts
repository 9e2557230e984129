import { readFile, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'

/** Keeps two processes from opening one embedded database, which would destroy it. */
export interface DirectoryLock {
  release(): Promise<void>
}

interface Owner {
  pid: number
  /** When the process started, in the kernel's ticks; tells a reused pid apart. Linux only. */
  startedAt: string | null
}

const TRIES_MAX = 5

/**
 * Takes the lock file at `path`. A file left by a process that is gone is taken over.
 * @throws Error with a sentence for people when a living process has it
 */
export const lockDirectory = async (path: string): Promise<DirectoryLock> => {
  const content = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) })
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    try {
      await writeFile(path, content, { flag: 'wx', mode: 0o600 })
      return { release: () => rm(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = await readOwner(path)
    if (owner !== null && isAlive(owner))
      throw new Error(
        `Another Cadre (process ${owner.pid}) uses this data directory. Stop it, or set CADRE_DATA_DIR to another one.`,
      )
    await rm(path, { force: true })
  }
  throw new Error(`The lock file ${path} keeps coming back. Remove it and start again.`)
}

const readOwner = async (path: string): Promise<Owner | null> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner
  } catch {
    return null
  }
}

const isAlive = (owner: Owner): boolean => {
  if (owner.pid === process.pid) return owner.startedAt === startOf(process.pid)
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const startedAt = startOf(owner.pid)
  return startedAt === null || owner.startedAt === null || startedAt === owner.startedAt
}

/** Field 22 of /proc/PID/stat, counted behind the command, which may hold spaces (proc(5)). */
const startOf = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
