import { Busboy } from '@fastify/busboy'
import type { IncomingMessage } from 'node:http'
import type { Blobs, StagedBlob } from '#platform/blobs/blobs.ts'
import { AppError } from '#platform/errors.ts'

export interface Upload {
  fields: Record<string, string>
  binary: StagedBlob
}

const FIELD_BYTES_MAX = 64 * 1_024
const FIELDS_MAX = 20

/**
 * Receives `multipart/form-data` with one file named `binary`, streamed aside while it arrives.
 * Whatever goes wrong, nothing of it stays. The caller keeps or discards the binary.
 */
export const receiveUpload = async (
  request: IncomingMessage,
  options: { blobs: Blobs; bytesMax: number },
): Promise<Upload> => {
  const fields: Record<string, string> = Object.create(null)
  let staged: Promise<StagedBlob> | null = null
  let refusal: AppError | null = null
  try {
    await new Promise<void>((resolve, reject) => {
      const form = parserOf(request)
      form.on('file', (name, file) => {
        if (name !== 'binary' || staged !== null) {
          refusal ??= malformed(
            `The file part must be one, named "binary"; got "${name.slice(0, 100)}".`,
          )
          file.resume()
          return
        }
        staged = options.blobs.stage(file, options)
        staged.catch((error: unknown) => {
          request.unpipe(form)
          reject(error)
        })
      })
      form.on('field', (name, value, isNameCut, isValueCut) => {
        if (isNameCut || isValueCut)
          refusal ??= malformed(`The field "${name.slice(0, 100)}" is larger than 64 KiB.`)
        else fields[name] = value
      })
      form.once('partsLimit', () => (refusal ??= malformed('The form has too many parts.')))
      form.once('error', (error) =>
        reject(malformed('The form is malformed or ended early.', error)),
      )
      form.once('finish', resolve)
      request.once('aborted', () => reject(malformed('The upload ended early.')))
      request.pipe(form)
    })
    const binary = await (staged as Promise<StagedBlob> | null)
    if (refusal !== null) throw refusal
    if (binary === null) throw malformed('The form lacks the file "binary".')
    return { fields, binary }
  } catch (error) {
    const leftover = staged as Promise<StagedBlob> | null
    await leftover?.then(
      (binary) => binary.discard(),
      () => {},
    )
    throw error
  }
}

const parserOf = (request: IncomingMessage) => {
  try {
    return new Busboy({
      headers: request.headers as { 'content-type': string },
      limits: {
        fieldSize: FIELD_BYTES_MAX,
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

const malformed = (publicMessage: string, cause?: unknown) =>
  new AppError({ kind: 'malformed', code: 'upload.malformed', publicMessage, cause })
