import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Random } from '../random.ts'
import { blobNotFound, blobStoreRefused } from './blob-errors.ts'
import { placeOf } from './blob-key.ts'
import type { Blobs } from './blobs.ts'
import { openIncoming, type ReceivedFile } from './incoming.ts'
import { createS3Client, type S3Client, type S3Settings } from './s3-client.ts'

export interface S3BlobsOptions extends S3Settings {
  /** Where uploads are received before they are kept; nothing stays there. */
  incomingDirectory: string
  clock: Clock
  random: Random
  ids: Ids
}

/**
 * Blobs as objects of an S3-compatible store, named as the directory names its files. An upload
 * is received into a local file, for its name follows from its content and it is inspected
 * before it is kept; then it streams from there in one request that says its digest, so that
 * the store keeps the whole of it or nothing.
 */
export const createS3Blobs = async (options: S3BlobsOptions): Promise<Blobs> => {
  const incoming = await openIncoming(options.incomingDirectory, options.ids)
  const s3 = createS3Client(options, options)
  const found = async <Answer>(
    method: 'GET' | 'HEAD',
    key: string,
    receive: (response: Response) => Promise<Answer>,
  ): Promise<Answer> =>
    s3.send({
      method,
      path: placeOf(key),
      receive: async (response) => {
        if (response.status === 404) throw await absenceOf(response, key)
        return receive(response)
      },
    })

  return {
    stage: async (content, { bytesMax }) => {
      const file = await incoming.receive(content, bytesMax)
      const keep = async () => {
        await upload(s3, file)
        await file.discard()
        return file.sha256
      }
      return { ...file, read: () => readFile(file.path), keep }
    },
    read: (key) =>
      found('GET', key, async (response) => new Uint8Array(await response.arrayBuffer())),
    revision: (key) =>
      found('HEAD', key, async ({ headers }) =>
        ['etag', 'content-length', 'last-modified'].map((name) => headers.get(name)).join(' '),
      ),
    remove: async (key) =>
      s3.send({ method: 'DELETE', path: placeOf(key), receive: async () => undefined }),
  }
}

/** Starts with a bucket that is there and may be used, or says what is wrong. */
export const checkBucket = (settings: S3Settings, life: { clock: Clock; random: Random }) =>
  createS3Client(settings, life).send({
    method: 'HEAD',
    path: '',
    receive: async ({ status }) => {
      if (status === 404) throw blobStoreRefused(status, 'NoSuchBucket')
    },
  })

const upload = (s3: S3Client, { path, bytes, sha256 }: ReceivedFile): Promise<void> =>
  s3.send({
    method: 'PUT',
    path: placeOf(sha256),
    body: { open: () => createReadStream(path), bytes, sha256 },
    receive: async (response) => {
      if (response.status === 404) throw blobStoreRefused(404, 'NoSuchBucket')
    },
  })

/** A missing bucket is no missing file. */
const absenceOf = async (response: Response, key: string) =>
  (await response.text().catch(() => '')).includes('<Code>NoSuchBucket</Code>')
    ? blobStoreRefused(404, 'NoSuchBucket')
    : blobNotFound(key)
