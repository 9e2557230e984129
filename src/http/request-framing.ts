import type { IncomingMessage } from 'node:http'
import { createMiddleware } from 'hono/factory'
import { AppError } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'

/** Where a second one would leave two readers with two opinions. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
])

/**
 * Refuses what Node's parser lets pass and a proxy in front may read otherwise: such requests are
 * how one is smuggled inside another (RFC 9112, sections 3.2, 6.1 and 11.2). Ends the connection,
 * since nobody knows what follows.
 */
export const requestFraming = (headersMax: number) =>
  createMiddleware<AppEnv>((context, next) => {
    const { incoming, outgoing } = context.env
    const refusal = faultOf(incoming, headersMax)
    if (refusal === null) return next()
    outgoing.setHeader('connection', 'close')
    throw refusal
  })

export const faultOf = (
  {
    rawHeaders,
    headers,
    httpVersion,
  }: Pick<IncomingMessage, 'rawHeaders' | 'headers' | 'httpVersion'>,
  headersMax: number,
): AppError | null => {
  if (rawHeaders.length / 2 > headersMax) return tooManyHeaders(headersMax)
  const seen = new Set<string>()
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place]?.toLowerCase() ?? ''
    if (!SINGLE_HEADERS.has(name)) continue
    if (seen.has(name)) return malformed(`The header "${name}" is there twice.`)
    seen.add(name)
  }
  const encoding = headers['transfer-encoding']
  if (encoding === undefined) return null
  if (encoding.trim().toLowerCase() !== 'chunked')
    return malformed('The only transfer encoding is "chunked".')
  return httpVersion === '1.0' ? malformed('HTTP/1.0 knows no transfer encoding.') : null
}

const malformed = (publicMessage: string) =>
  new AppError({ kind: 'malformed', code: 'request.malformed', publicMessage })

const tooManyHeaders = (headersMax: number) =>
  new AppError({
    kind: 'headers_too_large',
    code: 'request.headers_too_large',
    publicMessage: `The request has more than the allowed ${headersMax} headers.`,
  })
