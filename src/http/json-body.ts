import { createMiddleware } from 'hono/factory'
import { AppError } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'

export interface JsonBodyLimits {
  bytesMax: number
  depthMax: number
}

/**
 * Reads JSON bodies once, bounded in size and depth, and hands them parsed to the validators.
 * Other media types pass: their routes read them themselves.
 */
export const jsonBodies = (limits: JsonBodyLimits) =>
  createMiddleware<AppEnv>(async (context, next) => {
    const { req } = context
    if (req.method === 'GET' || req.method === 'HEAD') return next()
    const mediaType = req.header('content-type') ?? ''
    if (mediaType.startsWith('multipart/form-data')) return next()
    const length = Number(req.header('content-length') ?? 0)
    if (length > limits.bytesMax) throw tooLarge(limits.bytesMax)
    if (!hasBody(context.env.incoming.headers)) return next()
    if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(mediaType)) throw notJson(mediaType)
    const text = decoded(await readBody(context.env.incoming, limits.bytesMax))
    if (depthExceeds(text, limits.depthMax)) throw tooDeep(limits.depthMax)
    const value = parsed(text)
    req.bodyCache.json = Promise.resolve(value)
    return next()
  })

const hasBody = (headers: NodeJS.Dict<string | string[]>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

const readBody = async (request: AsyncIterable<Buffer>, bytesMax: number): Promise<Uint8Array> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

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

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Counts nesting without parsing, so that no recursion ever meets a deep text. */
export const depthExceeds = (text: string, depthMax: number): boolean => {
  let depth = 0
  let isInString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (isInString) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) isInString = true
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth > depthMax) return true
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
  }
  return false
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

const notJson = (mediaType: string) =>
  new AppError({
    kind: 'unsupported_media',
    code: 'request.unsupported_media',
    publicMessage: `Send JSON with the header "content-type: application/json"${mediaType ? `, not ${mediaType.slice(0, 100)}` : ''}.`,
  })
