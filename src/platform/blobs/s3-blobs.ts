import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Random } from '../random.ts'
import { blobNotFound, blobStoreRefused } from './blob-errors.ts'
import { keyAt, placeOf } from './blob-key.ts'
import { ADDRESS_SECONDS_MAX, type Blobs } from './blobs.ts'
import { openIncoming } from './incoming.ts'
import { createS3Client, type S3Settings } from './s3-client.ts'
import { listingOf } from './s3-documents.ts'
import { openUploadNotes } from './s3-upload-notes.ts'
import { upload } from './s3-upload.ts'

export interface S3BlobsOptions extends S3Settings {
  /** Where uploads are received before they are kept; nothing stays there. */
  incomingDirectory: string
  /** Where open uploads in parts are noted. */
  notesDirectory: string
  clock: Clock
  random: Random
  ids: Ids
  /** Something that an earlier process left in the bucket could not be ended; tried again later. */
  onFault: (error: unknown) => void
}

/**
 * Blobs as objects of an S3-compatible store, named as the directory names its files. An upload
 * is received into a local file, for its name follows from its content and it is inspected
 * before it is kept; then it streams from there, large ones in parts, and the store keeps the
 * whole of it or nothing.
 */
export const createS3Blobs = async (options: S3BlobsOptions): Promise<Blobs> => {
  const incoming = await openIncoming(options.incomingDirectory, options.ids)
  const s3 = createS3Client(options, options)
  const notes = openUploadNotes(options.notesDirectory, s3, options.ids)
  await notes.abortAll(options.onFault)
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
        await upload({ s3, notes }, file)
        await file.discard()
        return file.sha256
      }
      return { ...file, open: () => createReadStream(file.path), keep }
    },
    read: (key) =>
      found('GET', key, async (response) => new Uint8Array(await response.arrayBuffer())),
    open: (key) =>
      found('GET', key, async ({ body, headers }) => ({
        content: body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream),
        bytes: Number(headers.get('content-length')),
      })),
    address: async (key, { expiresSeconds, fileName }) =>
      s3.presign(placeOf(key), {
        seconds: Math.min(ADDRESS_SECONDS_MAX, Math.max(1, Math.floor(expiresSeconds))),
        disposition: `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
      }),
    revision: (key) =>
      found('HEAD', key, async ({ headers }) =>
        ['etag', 'content-length', 'last-modified'].map((name) => headers.get(name)).join(' '),
      ),
    list: async function* () {
      for (let after: string | null = ''; after !== null;) {
        const token: Record<string, string> = after === '' ? {} : { 'continuation-token': after }
        const page: ReturnType<typeof listingOf> = await s3.send({
          method: 'GET',
          path: '',
          query: { 'list-type': '2', ...token },
          receive: async (response) => {
            if (response.status === 404) throw blobStoreRefused(404, 'NoSuchBucket')
            return listingOf(await response.text())
          },
        })
        yield page.objects.flatMap(({ place, at }) => {
          const key = keyAt(place)
          return key === null ? [] : [{ key, keptAt: at }]
        })
        after = page.next
      }
    },
    remove: async (key) =>
      s3.send({ method: 'DELETE', path: placeOf(key), receive: async () => undefined }),
  }
}

/** Starts with a bucket that is there and may be used, or says what is wrong. */
export const checkBucket = (
  settings: S3Settings,
  life: { clock: Clock; random: Random },
): Promise<void> =>
  createS3Client(settings, life).send({
    method: 'HEAD',
    path: '',
    receive: async ({ status }) => {
      if (status === 404) throw blobStoreRefused(status, 'NoSuchBucket')
    },
  })

/** A missing bucket is no missing file. */
const absenceOf = async (response: Response, key: string) =>
  (await response.text().catch(() => '')).includes('<Code>NoSuchBucket</Code>')
    ? blobStoreRefused(404, 'NoSuchBucket')
    : blobNotFound(key)
