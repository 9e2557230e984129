import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '#platform/web/context.ts'
import { SERVER_PATHS } from './response-headers.ts'

const PREFLIGHT_SECONDS = '600'
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const REQUEST_HEADERS =
  'authorization, content-type, idempotency-key, last-event-id, traceparent, x-request-id'
const ANSWER_HEADERS = 'ratelimit, ratelimit-policy, retry-after, x-request-id'

/**
 * Lets pages of the listed origins call the API (WHATWG Fetch, section 3.3), with a key and never
 * with the dashboard's cookie: `Access-Control-Allow-Credentials` is not sent to anybody.
 */
export const crossOrigin = (origins: readonly string[]) => {
  const allowed = new Set(origins)
  return createMiddleware<AppEnv>((context, next) => {
    if (!SERVER_PATHS.test(context.req.path)) return next()
    const { outgoing } = context.env
    outgoing.setHeader('vary', 'origin')
    const origin = context.req.header('origin')
    if (origin === undefined || !allowed.has(origin)) return next()
    outgoing.setHeader('access-control-allow-origin', origin)
    outgoing.setHeader('access-control-expose-headers', ANSWER_HEADERS)
    const isPreflight =
      context.req.method === 'OPTIONS' &&
      context.req.header('access-control-request-method') !== undefined
    if (!isPreflight) return next()
    outgoing.setHeader('access-control-allow-methods', METHODS)
    outgoing.setHeader('access-control-allow-headers', REQUEST_HEADERS)
    outgoing.setHeader('access-control-max-age', PREFLIGHT_SECONDS)
    return Promise.resolve(context.body(null, 204))
  })
}
