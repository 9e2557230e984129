import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Ids } from '../ids.ts'
import { blobTooLarge } from './blob-errors.ts'

/** A file that was received whole. */
export interface ReceivedFile {
  path: string
  sha256: string
  bytes: number
  discard(): Promise<void>
}

/** A directory for what is being received. Leftovers of interrupted uploads go at the start. */
export const openIncoming = async (directory: string, ids: Ids) => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const name of await readdir(directory)) await rm(join(directory, name), { force: true })
  return {
    /** Streams `content` into a file; memory stays flat, and a failure leaves nothing behind. */
    receive: async (content: Readable, bytesMax: number): Promise<ReceivedFile> => {
      const path = join(directory, ids.uuid())
      const discard = () => rm(path, { force: true })
      try {
        return { path, discard, ...(await receiveInto(path, content, bytesMax)) }
      } catch (error) {
        await discard()
        throw error
      }
    },
  }
}

const receiveInto = async (path: string, content: Readable, bytesMax: number) => {
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      if (bytes > bytesMax) return done(blobTooLarge(bytesMax))
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
