import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Context } from 'hono'
import type { AppEnv } from '#platform/web/context.ts'

const NAME = 'cadre_session'

/** The token of the request's session. */
export const sessionTokenOf = (context: Context<AppEnv>): string | undefined =>
  getCookie(context, NAME, prefixOf(context))

/** Never sent by another site, never readable by a script. */
export const setSessionCookie = (
  context: Context<AppEnv>,
  { token, expiresAt }: { token: string; expiresAt: Date },
): void => setCookie(context, NAME, token, { ...optionsOf(context), expires: expiresAt })

export const deleteSessionCookie = (context: Context<AppEnv>): void => {
  deleteCookie(context, NAME, optionsOf(context))
}

/** `__Host-` (RFC 6265bis, section 4.1.3.2): set by this very host, and by TLS; only there. */
const prefixOf = (context: Context<AppEnv>) =>
  context.get('client').isSecure ? ('host' as const) : undefined

const optionsOf = (context: Context<AppEnv>) => ({
  httpOnly: true,
  sameSite: 'Strict' as const,
  path: '/',
  secure: context.get('client').isSecure,
  prefix: prefixOf(context),
})
