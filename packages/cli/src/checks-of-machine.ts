import { constants } from 'node:fs'
import { access, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Check } from './check.ts'
import { DATA_DIR_DEFAULT } from './local-key.ts'
import type { Session } from './session.ts'
import { byteSize } from './wording.ts'

const NODE_MAJOR_MIN = 24
const DISK_BYTES_NEEDED = 100_000_000
const DISK_BYTES_WISHED = 1_000_000_000
const LOCK_FILE = 'lock'

export const checkNode = (): Check => {
  const isEnough = Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN
  const detail = `Node ${process.versions.node}`
  return isEnough
    ? { name: 'node', status: 'ok', detail }
    : { name: 'node', status: 'fail', detail, mend: `Cadre needs Node ${NODE_MAJOR_MIN}.` }
}

type Place = Pick<Session, 'environment' | 'pathOf'>

const directoryOf = ({ environment, pathOf }: Place) =>
  pathOf(environment.dataDir ?? DATA_DIR_DEFAULT)

/** Whether a server can keep its data here, and whether one does so now. */
export const checkDataDirectory = async (place: Place): Promise<Check[]> => {
  const directory = directoryOf(place)
  const name = 'data directory'
  const nearest = await nearestExisting(directory)
  const isFolder = (await stat(nearest)).isDirectory()
  const isWritable = await access(nearest, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!isFolder || !isWritable) {
    const why = isFolder ? 'cannot be written to' : 'is no folder'
    const mend = 'Change its permissions, or name another folder with CADRE_DATA_DIR.'
    return [{ name, status: 'fail', detail: `${nearest} ${why}`, mend }]
  }
  const state = nearest === directory ? 'is writable' : 'will be made at the first start'
  return [{ name, status: 'ok', detail: `${directory} ${state}` }, await checkLock(directory)]
}

const nearestExisting = async (path: string): Promise<string> => {
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  return exists || path === dirname(path) ? path : nearestExisting(dirname(path))
}

const checkLock = async (directory: string): Promise<Check> => {
  const name = 'lock'
  const text = await readFile(join(directory, LOCK_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) return { name, status: 'ok', detail: 'no server uses the directory' }
  const pid = processIdIn(text)
  if (pid !== undefined && isAlive(pid)) {
    return { name, status: 'ok', detail: `process ${pid} uses the directory` }
  }
  const detail = 'a server was ended without notice; its lock is left behind'
  return { name, status: 'warn', detail, mend: 'Nothing to do: the next start takes it over.' }
}

const processIdIn = (text: string): number | undefined => {
  try {
    const { pid } = JSON.parse(text) as { pid?: unknown }
    return typeof pid === 'number' ? pid : undefined
  } catch {
    return undefined
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export const checkDiskSpace = async (place: Place): Promise<Check> => {
  const name = 'disk space'
  const { bavail, bsize } = await statfs(await nearestExisting(directoryOf(place)))
  const free = bavail * bsize
  const detail = `${byteSize(free)} free`
  if (free >= DISK_BYTES_WISHED) return { name, status: 'ok', detail }
  const mend = 'Free some space, or name a folder on another disk with CADRE_DATA_DIR.'
  return { name, status: free >= DISK_BYTES_NEEDED ? 'warn' : 'fail', detail, mend }
}
