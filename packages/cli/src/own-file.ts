import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { CommandError } from './failures.ts'

const READABLE_BY_OTHERS = 0o077

/**
 * The text of a file that holds a key; undefined where there is no such file. Throws where somebody
 * else could have read or written it.
 */
export const readOwnFile = (path: string): string | undefined => {
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

/** Unreadable folders on the way up are nothing to complain about: the file is not there for us. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(String(error.code))

const refusal = (path: string, why: string, cause?: unknown) =>
  new CommandError('cli.local_key', `The key file ${path} ${why}.`, { cause })
