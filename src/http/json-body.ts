import type { Readable } from 'node:stream'
import { createMiddleware } from 'hono/factory'
import { AppError } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'
import { excessOf, type JsonShapeLimits } from './json-shape.ts'

export interface JsonBodyLimits extends JsonShapeLimits {
  bytesMax: number
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i
const YAML_TYPE = /^(?:application|text)\/(?:x-)?yaml\s*(?:;|$)/i

/**
 * Reads JSON bodies once, bounded in size and depth, and hands them parsed to the validators; YAML
 * is bounded in size and handed on as text. Forms pass: their routes read them themselves.
 */
export const jsonBodies = (limits: JsonBodyLimits) =>
  createMiddleware<AppEnv>(async (context, next) => {
    const { req } = context
    if (req.method === 'GET' || req.method === 'HEAD') return next()
    const mediaType = req.header('content-type') ?? ''
    if (/^multipart\/form-data/i.test(mediaType)) return next()
    const length = Number(req.header('content-length') ?? 0)
    if (length > limits.bytesMax) throw tooLarge(limits.bytesMax)
    if (!hasBody(context.env.incoming.headers)) return next()
    const isYaml = YAML_TYPE.test(mediaType)
    if (!isYaml && !JSON_TYPE.test(mediaType)) throw notJson(mediaType)
    const text = decoded(await readBody(context.env.incoming, limits.bytesMax))
    req.text = () => Promise.resolve(text)
    if (isYaml) return next()
    const excess = excessOf(text, limits)
    if (excess === 'depthMax') throw tooDeep(limits.depthMax)
    if (excess === 'valuesMax') throw tooMany(limits.valuesMax)
    const value = parsed(text)
    // Not through the request's own cache, which would write and parse the value once more.
    req.json = () => Promise.resolve(value as never)
    return next()
  })

const hasBody = (headers: NodeJS.Dict<string | string[]>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Leaves what is too much unread: destroying it would cut the connection ahead of the refusal. */
const readBody = (request: Readable, bytesMax: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (result: Uint8Array | AppError) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      if (result instanceof AppError) reject(result)
      else resolve(result)
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= bytesMax) return
      request.pause()
      settle(tooLarge(bytesMax))
    }
    const onEnd = () =>
      settle(chunks[0] !== undefined && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
    const onClose = (cause?: unknown) => settle(malformed('The body ended early.', cause))
    request.on('data', onData).once('end', onEnd).once('close', onClose).once('error', onClose)
    // Gone before anybody listened: nothing more will be told of it.
    if (request.destroyed) onClose()
  })

const decoder = new TextDecoder('utf-8', { fatal: true })

const decoded = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw malformed('The body is not valid UTF-8.', error)
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    const where = error instanceof Error ? error.message.slice(0, 200) : ''
    throw malformed(`The body is not valid JSON: ${where}`, error)
  }
}

const malformed = (publicMessage: string, cause?: unknown) =>
  new AppError({ kind: 'malformed', code: 'request.malformed', publicMessage, cause })

const tooDeep = (depthMax: number) =>
  malformed(`The body is nested deeper than the allowed ${depthMax} levels.`)

const tooLarge = (bytesMax: number) =>
  new AppError({
    kind: 'too_large',
    code: 'request.too_large',
    publicMessage: `The body is larger than the allowed ${bytesMax} bytes.`,
  })

const tooMany = (valuesMax: number) =>
  new AppError({
    kind: 'too_large',
    code: 'request.too_many_values',
    publicMessage: `The body holds more than the allowed ${valuesMax} JSON values.`,
  })

const notJson = (mediaType: string) =>
  new AppError({
    kind: 'unsupported_media',
    code: 'request.unsupported_media',
    publicMessage: `Send JSON with the header "content-type: application/json"${mediaType ? `, not ${mediaType.slice(0, 100)}` : ''}.`,
  })
