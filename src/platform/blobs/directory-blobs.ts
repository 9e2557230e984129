import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Blobs } from './blobs.ts'

const KEY = /^[0-9a-f]{64}$/

/** Blobs as files named by their digest. Leftovers of interrupted uploads go at the start. */
export const createDirectoryBlobs = async (directory: string, ids: Ids): Promise<Blobs> => {
  const incoming = join(directory, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true })
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw notFound(key)
    return join(directory, key.slice(0, 2), key)
  }

  return {
    stage: async (content, { bytesMax }) => {
      const path = join(incoming, ids.uuid())
      const discard = () => rm(path, { force: true })
      try {
        const { sha256, bytes } = await receive(content, path, bytesMax)
        const keep = async () => {
          await mkdir(join(directory, sha256.slice(0, 2)), { recursive: true, mode: 0o700 })
          await rename(path, pathOf(sha256))
          return sha256
        }
        return { sha256, bytes, read: () => readFile(path), keep, discard }
      } catch (error) {
        await discard()
        throw error
      }
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

const receive = async (content: Readable, path: string, bytesMax: number) => {
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      if (bytes > bytesMax) return done(tooLarge(bytesMax))
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(content, measure, createWriteStream(path, { mode: 0o600 }))
  await flushed(path)
  return { sha256: hash.digest('hex'), bytes }
}

const flushed = async (path: string): Promise<void> => {
  const file = await open(path, 'r')
  await file.sync().finally(() => file.close())
}

const tooLarge = (bytesMax: number) =>
  new AppError({
    kind: 'too_large',
    code: 'blob.too_large',
    publicMessage: `The file is larger than the allowed ${bytesMax} bytes.`,
  })

const notFound = (key: string) =>
  new AppError({
    kind: 'not_found',
    code: 'blob.not_found',
    publicMessage: 'The stored file is missing.',
    message: `No blob under ${key}`,
  })

const absent = (error: unknown, key: string): unknown =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? notFound(key) : error
