import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Ids } from '../ids.ts'
import { blobNotFound } from './blob-errors.ts'
import { placeOf } from './blob-key.ts'
import type { Blobs } from './blobs.ts'
import { openIncoming } from './incoming.ts'

/** Blobs as files named by their digest. */
export const createDirectoryBlobs = async (directory: string, ids: Ids): Promise<Blobs> => {
  const incoming = await openIncoming(join(directory, 'incoming'), ids)
  const pathOf = (key: string): string => join(directory, placeOf(key))

  return {
    stage: async (content, { bytesMax }) => {
      const { path, sha256, bytes, discard } = await incoming.receive(content, bytesMax)
      const keep = async () => {
        await mkdir(dirname(pathOf(sha256)), { recursive: true, mode: 0o700 })
        await rename(path, pathOf(sha256))
        return sha256
      }
      return { sha256, bytes, read: () => readFile(path), keep, discard }
    },
    read: async (key) =>
      readFile(pathOf(key)).catch((error: unknown) => Promise.reject(absent(error, key))),
    revision: async (key) => {
      const found = await stat(pathOf(key), { bigint: true }).catch((error: unknown) =>
        Promise.reject(absent(error, key)),
      )
      return `${found.ino}.${found.size}.${found.mtimeNs}.${found.ctimeNs}`
    },
    remove: async (key) => rm(pathOf(key), { force: true }),
  }
}

const absent = (error: unknown, key: string): unknown =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? blobNotFound(key) : error
