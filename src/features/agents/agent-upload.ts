import { Busboy } from '@fastify/busboy'
import { addAbortListener } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Blobs, StagedBlob } from '#platform/blobs/blobs.ts'
import { AppError } from '#platform/errors.ts'

export interface Upload {
  fields: Record<string, string>
  binary: StagedBlob
}

export interface UploadLimits {
  blobs: Blobs
  /** Of the file. */
  bytesMax: number
  /** Of each field; 64 KiB by default. */
  fieldBytesMax?: number
}

const FIELD_BYTES_MAX = 64 * 1_024
const FIELDS_MAX = 20
/** Everything but the file: the fields, the headers of the parts, what stands between them. */
const FORM_BYTES_MAX = 2 * 1_024 * 1_024

/**
 * Receives `multipart/form-data` with one file named `binary`, streamed aside while it arrives.
 * Refuses at the first fault, reads no more than the file and a form may take, and leaves nothing
 * behind then. The caller keeps or discards the binary.
 */
export const receiveUpload = async (
  request: IncomingMessage,
  options: UploadLimits,
): Promise<Upload> => {
  const { fields, binary } = await receiveForm(request, options)
  if (binary === null) throw malformed('The form lacks the file "binary".')
  return { fields, binary }
}

/** As {@link receiveUpload}, where the file may be absent. */
export const receiveForm = async (
  request: IncomingMessage,
  options: UploadLimits,
): Promise<{ fields: Record<string, string>; binary: StagedBlob | null }> => {
  const fieldBytesMax = options.fieldBytesMax ?? FIELD_BYTES_MAX
  const totalBytesMax = options.bytesMax + Math.max(FORM_BYTES_MAX, 2 * fieldBytesMax)
  if (Number(request.headers['content-length'] ?? 0) > totalBytesMax) throw tooLarge(totalBytesMax)
  const form = parserOf(request, fieldBytesMax)
  const fields: Record<string, string> = Object.create(null)
  const received: { file: Readable | null; staged: Promise<StagedBlob> | null } = {
    file: null,
    staged: null,
  }
  const listening = new AbortController()
  try {
    await new Promise<void>((resolve, reject) => {
      const refuse = (publicMessage: string, cause?: unknown) =>
        reject(malformed(publicMessage, cause))
      form.on('file', (name, file) => {
        if (name !== 'binary')
          return refuse(`The file part must be named "binary", not "${shown(name)}".`)
        received.file = file
        received.staged = options.blobs.stage(file, options)
        received.staged.catch(reject)
      })
      form.on('field', (name, value, isNameCut, isValueCut) => {
        if (isNameCut || isValueCut)
          return refuse(`The field "${shown(name)}" is larger than ${fieldBytesMax / 1_024} KiB.`)
        if (Object.hasOwn(fields, name)) return refuse(`The field "${shown(name)}" comes twice.`)
        const text = utf8Of(value)
        if (text === null) return refuse(`The field "${shown(name)}" is not valid UTF-8.`)
        fields[name] = text
      })
      for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
        form.once(limit, () => refuse('The form has too many parts; only one may be a file.'))
      form.once('error', (error) => refuse('The form is malformed or ended early.', error))
      form.once('finish', resolve)
      const cutShort = (error?: unknown) => refuse('The upload ended early.', error)
      addAbortListener(listening.signal, () => request.off('aborted', cutShort))
      request.once('aborted', cutShort)
      // Gone before anybody listened: nothing more will be told of it.
      if (request.destroyed) cutShort()
      countBytes(request, listening.signal, (bytes) => {
        if (bytes > totalBytesMax) reject(tooLarge(totalBytesMax))
      })
      request.pipe(form)
    })
    const binary = await received.staged
    return { fields, binary }
  } catch (error) {
    request.unpipe(form)
    received.file?.destroy(error instanceof Error ? error : undefined)
    await received.staged?.then(
      (binary) => binary.discard(),
      () => {},
    )
    throw error
  } finally {
    listening.abort()
  }
}

const countBytes = (
  request: IncomingMessage,
  signal: AbortSignal,
  onCount: (bytes: number) => void,
) => {
  let bytes = 0
  const count = (chunk: Buffer) => onCount((bytes += chunk.length))
  request.on('data', count)
  addAbortListener(signal, () => request.off('data', count))
}

const shown = (name: string) => name.slice(0, 100)

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The parser hands over bytes as Latin-1, so that malformed UTF-8 is seen and not replaced. */
const utf8Of = (bytes: string): string | null => {
  try {
    return decoder.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return null
  }
}

const parserOf = (request: IncomingMessage, fieldBytesMax: number) => {
  try {
    return new Busboy({
      headers: request.headers as { 'content-type': string },
      defCharset: 'latin1',
      limits: {
        fieldSize: fieldBytesMax,
        fields: FIELDS_MAX,
        files: 1,
        parts: FIELDS_MAX + 1,
        headerPairs: 50,
      },
    })
  } catch (error) {
    throw malformed('The form has no boundary.', error)
  }
}

const tooLarge = (bytesMax: number) =>
  new AppError({
    kind: 'too_large',
    code: 'upload.too_large',
    publicMessage: `The form is larger than the allowed ${bytesMax} bytes.`,
  })

const malformed = (publicMessage: string, cause?: unknown) =>
  new AppError({ kind: 'malformed', code: 'upload.malformed', publicMessage, cause })
