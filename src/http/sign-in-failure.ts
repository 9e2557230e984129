import type { Context } from 'hono'
import type { AppError } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'

const ISSUER_ROUTES = /^\/api(?:\/v1)?\/auth\/oidc\/(?:start|callback)$/

/**
 * Where a browser is led whose sign-in with the issuer failed: a page that tells why in words. The
 * address holds the error's code and nothing that the issuer sent. Null for all other requests, and
 * for programs, which do not ask for pages.
 */
export const signInFailurePage = (
  { code }: AppError,
  { req }: Context<AppEnv>,
): `/sign-in?failed=${string}` | null => {
  const isPage = /\btext\/html\b/.test(req.header('accept') ?? '')
  return isPage && ISSUER_ROUTES.test(req.path) ? `/sign-in?failed=${code}` : null
}
