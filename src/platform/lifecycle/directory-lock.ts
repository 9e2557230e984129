import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/** Keeps two processes from opening one embedded database, which would destroy it. */
export interface DirectoryLock {
  release(): Promise<void>
}

interface Owner {
  pid: number
  /** When the process started, in the kernel's ticks; tells a reused pid apart. Linux only. */
  startedAt: string | null
}

const TRIES_MAX = 100
const RETRY_MS = 10

/**
 * Takes the lock file at `path`. A file left by a process that is gone is taken over.
 * @throws Error with a sentence for people when a living process has it
 */
export const lockDirectory = async (path: string): Promise<DirectoryLock> => {
  const own = `${path}.${process.pid}.${randomUUID()}`
  await writeFile(own, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }), {
    flag: 'wx',
    mode: 0o600,
  })
  try {
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      if (await isLinked(own, path)) return { release: () => rm(path, { force: true }) }
      const owner = await readOwner(path)
      if (owner !== null && isAlive(owner)) throw inUse(owner)
      await removeStale(path, own)
    }
  } finally {
    await rm(own, { force: true })
  }
  throw new Error(`The lock file ${path} keeps coming back. Remove it and start again.`)
}

/** A link appears with its content and only where there is none: nobody sees half a lock. */
const isLinked = async (own: string, path: string): Promise<boolean> => {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes a lock whose owner is gone. One process at a time, which looks again when its turn has
 * come: what was stale a moment ago may be the lock of another by now.
 */
const removeStale = async (path: string, own: string): Promise<void> => {
  const turn = `${path}.takeover`
  if (await isLinked(own, turn)) {
    try {
      const owner = await readOwner(path)
      if (owner === null || !isAlive(owner)) await rm(path, { force: true })
    } finally {
      await rm(turn, { force: true })
    }
    return
  }
  const other = await readOwner(turn)
  if (other !== null && !isAlive(other))
    throw new Error(`A start was killed while it took the lock. Remove ${turn} and start again.`)
  await setTimeout(RETRY_MS)
}

const inUse = (owner: Owner) =>
  new Error(
    `Another Cadre (process ${owner.pid}) uses this data directory. Stop it, or set CADRE_DATA_DIR to another one.`,
  )

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
