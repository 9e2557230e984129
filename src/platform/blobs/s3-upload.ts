import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { blobStoreRefused } from './blob-errors.ts'
import { placeOf } from './blob-key.ts'
import type { ReceivedFile } from './incoming.ts'
import { refusalIn, type S3Client } from './s3-client.ts'
import { elementsIn, partsDocument, type UploadedPart } from './s3-documents.ts'
import { bytesBody } from './s3-body.ts'
import type { UploadNotes } from './s3-upload-notes.ts'

/** From this size on a file travels in parts, so that a broken connection costs one part only. */
export const MULTIPART_BYTES_MIN = 16 * 1_048_576
const PART_BYTES = 8 * 1_048_576
/** S3 takes no more parts of one upload. */
const PARTS_MAX = 10_000

export interface UploadTools {
  s3: S3Client
  notes: UploadNotes
}

/**
 * Brings a received file into the bucket whole or not at all. Every request says the SHA-256 of
 * what it carries, which the store compares; together they are hashed once more and must come to
 * the file's own digest.
 */
export const upload = (tools: UploadTools, file: ReceivedFile): Promise<void> =>
  file.bytes < MULTIPART_BYTES_MIN ? uploadAtOnce(tools.s3, file) : uploadInParts(tools, file)

const uploadAtOnce = (s3: S3Client, { path, bytes, sha256 }: ReceivedFile): Promise<void> =>
  s3.send({
    method: 'PUT',
    path: placeOf(sha256),
    body: { open: () => createReadStream(path), bytes, sha256 },
    receive: refuseAbsence,
  })

const uploadInParts = async ({ s3, notes }: UploadTools, file: ReceivedFile): Promise<void> => {
  const place = placeOf(file.sha256)
  const id = await begin(s3, place)
  // From here on a process that dies leaves a note behind, and the next one ends the upload.
  const note = await notes.write({ place, id })
  try {
    const parts = await sendParts(s3, file, id)
    await complete(s3, { place, id, parts, bytes: file.bytes })
  } catch (error) {
    await notes.abort(note).catch(() => {})
    throw error
  }
  await notes.remove(note)
}

const begin = (s3: S3Client, place: string): Promise<string> =>
  s3.send({
    method: 'POST',
    path: place,
    query: { uploads: '' },
    headers: { 'x-amz-checksum-algorithm': 'SHA256' },
    receive: async (response) => {
      await refuseAbsence(response)
      const [id] = elementsIn(await response.text(), 'UploadId')
      if (id === undefined) throw new Error('S3 began an upload without an id')
      return id
    },
  })

const sendParts = async (
  s3: S3Client,
  file: ReceivedFile,
  id: string,
): Promise<readonly UploadedPart[]> => {
  const place = placeOf(file.sha256)
  const partBytes = Math.max(PART_BYTES, Math.ceil(file.bytes / PARTS_MAX))
  const whole = createHash('sha256')
  const parts: UploadedPart[] = []
  for (let start = 0; start < file.bytes; start += partBytes) {
    const range = { start, end: Math.min(start + partBytes, file.bytes) - 1 }
    const open = () => createReadStream(file.path, range)
    const ofPart = createHash('sha256')
    await pipeline(open(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        ofPart.update(chunk)
        whole.update(chunk)
      }
    })
    const digest = ofPart.digest()
    const number = parts.length + 1
    const checksum = digest.toString('base64')
    const etag = await s3.send({
      method: 'PUT',
      path: place,
      query: { partNumber: String(number), uploadId: id },
      headers: { 'x-amz-checksum-sha256': checksum },
      body: { open, bytes: range.end - start + 1, sha256: digest.toString('hex') },
      receive: async (response) => {
        await refuseAbsence(response)
        return response.headers.get('etag') ?? ''
      },
    })
    parts.push({ number, etag, checksum })
  }
  if (whole.digest('hex') !== file.sha256)
    throw new Error('The received file changed while it was uploaded')
  return parts
}

const complete = async (
  s3: S3Client,
  { place, id, parts, bytes }: CompletedUpload,
): Promise<void> => {
  const isDone = await s3.send({
    method: 'POST',
    path: place,
    query: { uploadId: id },
    body: bytesBody(partsDocument(parts)),
    receive: async (response) => {
      const text = await response.text()
      // The store may have begun to answer before it failed: the status says nothing then.
      if (text.includes('<Error>') && response.ok) throw refusalIn(500, text)
      return response.ok
    },
  })
  // The answer to an earlier try was lost, or somebody ended the upload.
  const found = isDone ? bytes : await sizeOf(s3, place)
  if (found !== bytes) throw blobStoreRefused(404, 'NoSuchUpload')
}

interface CompletedUpload {
  place: string
  id: string
  parts: readonly UploadedPart[]
  bytes: number
}

const sizeOf = (s3: S3Client, place: string): Promise<number | null> =>
  s3.send({
    method: 'HEAD',
    path: place,
    receive: async (response) =>
      response.ok ? Number(response.headers.get('content-length')) : null,
  })

const refuseAbsence = async (response: Response): Promise<void> => {
  if (response.status === 404) throw refusalIn(404, await response.text().catch(() => ''))
}
