import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CommandError } from './failures.ts'

/** What a server leaves for its owner in its data directory. */
export interface LocalKey {
  url: string
  key: string
  path: string
}

export const DATA_DIR_DEFAULT = '.cadre'
export const LOCAL_KEY_FILE = 'local-key'
const READABLE_BY_OTHERS = 0o077

/**
 * The key file of a server on this machine: in the data directory, or in the nearest `.cadre`
 * upward from the folder. Throws where somebody else could have read or written it.
 */
export const findLocalKey = (folder: string, dataDir: string | undefined): LocalKey | undefined => {
  for (const path of candidates(folder, dataDir ?? DATA_DIR_DEFAULT)) {
    const text = readOwnFile(path)
    if (text !== undefined) return parse(text, path)
  }
  return undefined
}

/** An absolute data directory gives one candidate, since joining never leaves it. */
export const candidates = (folder: string, dataDir: string): string[] => {
  const paths = new Set<string>()
  for (let place = resolve(folder); ; place = dirname(place)) {
    paths.add(join(resolve(place, dataDir), LOCAL_KEY_FILE))
    if (place === dirname(place)) return [...paths]
  }
}

const readOwnFile = (path: string): string | undefined => {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw refusal(path, 'cannot be read', error)
  }
  try {
    // The opened file is looked at, so that it cannot be exchanged in between.
    assertPrivate(path, fstatSync(file))
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

const assertPrivate = (path: string, stats: Stats): void => {
  if (process.platform === 'win32') return
  if (stats.uid !== process.getuid?.()) throw refusal(path, 'belongs to somebody else')
  if ((stats.mode & READABLE_BY_OTHERS) !== 0) {
    throw refusal(
      path,
      `is readable by others. Close it with \`chmod 600 ${path}\`, and change the key if they are not trusted`,
    )
  }
}

const parse = (text: string, path: string): LocalKey => {
  try {
    const { url, key } = JSON.parse(text) as Partial<LocalKey>
    if (typeof url === 'string' && URL.canParse(url) && typeof key === 'string') {
      return { url, key, path }
    }
  } catch {
    // Said below: text that is no JSON and JSON of another shape are one case for the reader.
  }
  throw refusal(path, 'is damaged. Start Cadre again, which writes it anew')
}

/** Unreadable folders on the way up are nothing to complain about: the file is not there for us. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(String(error.code))

const refusal = (path: string, why: string, cause?: unknown) =>
  new CommandError('cli.local_key', `The key file ${path} ${why}.`, { cause })
