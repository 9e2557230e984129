import { constants } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { byteSize } from '../wording.ts'

/** A file that a manifest names; `path` is its true one. */
export interface ConfinedFile {
  path: string
  bytes: number
}

/** Why a file that a manifest names is not read; the message follows the file's name. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal'
}

/**
 * Finds a file within a folder. Links are followed as long as they stay within it.
 * @throws FileRefusal
 */
export const findConfined = async (folder: string, path: string): Promise<ConfinedFile> => {
  const root = await realpath(folder).catch(refuse)
  const found = await realpath(join(root, path)).catch(refuse)
  const isWithin = found.startsWith(root.endsWith(sep) ? root : root + sep)
  if (!isWithin) throw new FileRefusal('is a link that leads out of the folder of the manifest')
  const stats = await stat(found)
  if (!stats.isFile()) throw new FileRefusal('is no file')
  return { path: found, bytes: stats.size }
}

/** @throws FileRefusal also where it is larger than `bytesMax` */
export const readConfined = async (
  folder: string,
  path: string,
  bytesMax: number,
): Promise<Buffer> => {
  const found = await findConfined(folder, path)
  if (found.bytes > bytesMax)
    throw new FileRefusal(`is larger than ${byteSize(bytesMax)}, the most that is taken`)
  // A link that took its place meanwhile is not followed, a pipe not waited for.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  await using file = await open(found.path, flags).catch(refuse)
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(found.bytes + 1),
    0,
    found.bytes + 1,
    0,
  )
  if (bytesRead !== found.bytes) throw new FileRefusal('changed while it was read')
  return buffer.subarray(0, bytesRead)
}

const refuse = ({ code }: NodeJS.ErrnoException): never => {
  throw new FileRefusal(FAULTS[code ?? ''] ?? `cannot be read (${code})`)
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'must not be read by you',
  ELOOP: 'is a link that leads nowhere',
}
