import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Ids } from '../ids.ts'
import { blobNotFound } from './blob-errors.ts'
import { keyAt, placeOf } from './blob-key.ts'
import type { Blobs, ListedBlob } from './blobs.ts'
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
      return { sha256, bytes, open: () => createReadStream(path), keep, discard }
    },
    read: async (key) =>
      readFile(pathOf(key)).catch((error: unknown) => Promise.reject(absent(error, key))),
    open: async (key) => {
      const file = await open(pathOf(key)).catch((error: unknown) =>
        Promise.reject(absent(error, key)),
      )
      try {
        const { size } = await file.stat()
        return { content: file.createReadStream(), bytes: size }
      } catch (error) {
        await file.close()
        throw error
      }
    },
    address: async () => null,
    revision: async (key) => {
      const found = await stat(pathOf(key), { bigint: true }).catch((error: unknown) =>
        Promise.reject(absent(error, key)),
      )
      return `${found.ino}.${found.size}.${found.mtimeNs}.${found.ctimeNs}`
    },
    list: async function* () {
      for (const { name } of await foldersIn(directory)) yield await keptIn(directory, name)
    },
    remove: async (key) => rm(pathOf(key), { force: true }),
  }
}

const foldersIn = async (directory: string) =>
  (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory())

const keptIn = async (directory: string, folder: string): Promise<ListedBlob[]> => {
  const kept: ListedBlob[] = []
  for (const name of await readdir(join(directory, folder))) {
    const key = keyAt(`${folder}/${name}`)
    if (key === null) continue
    // Gone meanwhile: nothing to tell of.
    const found = await stat(join(directory, folder, name)).catch(() => null)
    // The later of writing and renaming: keeping the same bytes again renames a newer file there.
    if (found !== null) kept.push({ key, keptAt: new Date(Math.max(found.mtimeMs, found.ctimeMs)) })
  }
  return kept
}

const absent = (error: unknown, key: string): unknown =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? blobNotFound(key) : error
