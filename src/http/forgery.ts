import type { Context } from 'hono'
import { AppError } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'

// Requests that a page of another site makes a browser send. The cookie is `SameSite=Strict`
// already; here is what holds where a browser does not keep to that, or a sibling host is not
// trusted.

/** A page of another site can send our cookie's request a form, but not this header. */
const CSRF_HEADER = 'x-cadre-request'

/** @throws AppError `access.csrf` */
export const requireOwnScript = (context: Context<AppEnv>): void => {
  if (context.req.header(CSRF_HEADER) === undefined)
    throw forgeable(`Requests with a session cookie must carry the header "${CSRF_HEADER}: 1".`)
}

/**
 * What browsers say of where a request comes from (Fetch Metadata, and the `Origin` of WHATWG
 * Fetch). Programs say nothing, and carry no cookie that they did not mean to.
 * @throws AppError `access.csrf` for a page of another origin
 */
export const requireOwnPage = (context: Context<AppEnv>, publicUrl: string | null): void => {
  const site = context.req.header('sec-fetch-site')
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return
    throw forgeable('This must not be asked for by a page of another site.')
  }
  const origin = context.req.header('origin')
  if (origin === undefined || isOwn(origin, context, publicUrl)) return
  throw forgeable('This must not be asked for by a page of another origin.')
}

const isOwn = (origin: string, context: Context<AppEnv>, publicUrl: string | null): boolean => {
  if (!URL.canParse(origin)) return false
  if (publicUrl !== null && origin === new URL(publicUrl).origin) return true
  return new URL(origin).host === context.req.header('host')?.toLowerCase()
}

const forgeable = (publicMessage: string) =>
  new AppError({ kind: 'forbidden', code: 'access.csrf', publicMessage })
