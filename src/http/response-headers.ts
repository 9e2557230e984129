import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { AppEnv } from '#platform/web/context.ts'

/** Addresses that answer data, not pages. */
export const SERVER_PATHS = /^\/(?:api|health|metrics|schemas|\.well-known)(?:\/|$)/

/**
 * What browsers may do with our answers. Answers of the API are data and no page, so nothing may
 * be made of them; they go straight to the socket's own headers, which costs them next to nothing.
 */
export const protectiveHeaders = () => {
  const forPages = secureHeaders(PAGE_HEADERS)
  return createMiddleware<AppEnv>((context, next) => {
    if (!SERVER_PATHS.test(context.req.path)) return forPages(context, next)
    const { outgoing } = context.env
    for (const [name, value] of DATA_HEADERS) outgoing.setHeader(name, value)
    return next()
  })
}

const DATA_HEADERS = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
] as const

const PAGE_HEADERS: Parameters<typeof secureHeaders>[0] = {
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  // Said by request-client.ts, where a proxy speaks TLS for us.
  strictTransportSecurity: false,
}
