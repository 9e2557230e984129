import { boundedText } from '@cadre/contract'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { AppError } from '#platform/errors.ts'
import type { AppEnv } from '#platform/web/context.ts'
import { createRouter, documented } from '#platform/web/router.ts'
import { hashOf } from './api-key.ts'
import { signInUnknown } from './identity-errors.ts'
import type { Admission } from './oidc-admission.ts'
import type { OidcIssuer } from './oidc-issuer.ts'
import { insertSignIn, takeSignIn } from './oidc-store.ts'
import { setSessionCookie } from './session-cookie.ts'
import type { SessionService } from './session-service.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const TAG = 'Session'
/** So long somebody may take at the issuer. */
const SIGN_IN_SECONDS = 600
const BROWSER_COOKIE = 'cadre_oidc'

const start = documented(
  {
    summary: 'Sign in with the issuer',
    tag: TAG,
    description: 'For a browser: leads to the issuer, and from there to the callback.',
    refusals: [404, 503],
    isOpen: true,
  },
  {
    method: 'get',
    path: '/auth/oidc/start',
    request: {
      query: z.object({
        return_to: boundedText(500).optional().meta({
          description: 'Path of a page of ours that is shown afterwards',
          example: '/tasks',
        }),
      }),
    },
    responses: { 302: { description: 'To the issuer' } },
  },
)
const callback = documented(
  {
    summary: 'Come back from the issuer',
    tag: TAG,
    description:
      'Where the issuer sends the browser: ends in a session cookie. A browser that is refused is led to the sign-in page, which tells why; others get the error.',
    refusals: [404, 503],
    isOpen: true,
  },
  {
    method: 'get',
    path: '/auth/oidc/callback',
    request: { query: z.object({ state: z.string().max(500).default('') }) },
    responses: { 303: { description: 'To the page; a refused browser to the sign-in page' } },
  },
)

export interface OidcRouteOptions {
  db: Db
  clock: Clock
  /** Null where none is configured. */
  oidc: { issuer: OidcIssuer; admit: Admission } | null
  sessions: SessionService
  guard: SignInGuard | null
}

export const oidcRoutes = ({ db, clock, oidc, sessions, guard }: OidcRouteOptions) => {
  const router = createRouter()
  const configured = () => {
    if (oidc === null) throw notConfigured()
    return oidc
  }

  // Open: whoever wants to may go to the issuer.
  router.openapi(start, async (context) => {
    const { issuer } = configured()
    await guard?.countSession(`oidc ${context.get('client').address}`)
    const request = issuer.newRequest()
    const browser = issuer.newRequest().state
    const url = await issuer.authorizationUrl(request)
    await insertSignIn(db, {
      stateSha256: hashOf(request.state),
      browserSha256: hashOf(browser),
      nonce: request.nonce,
      codeVerifier: request.codeVerifier,
      returnTo: ownPath(context.req.valid('query').return_to ?? '/'),
      expiresAt: new Date(clock.now().getTime() + SIGN_IN_SECONDS * 1_000),
    })
    setCookie(context, BROWSER_COOKIE, browser, { ...cookieOf(context), maxAge: SIGN_IN_SECONDS })
    return context.redirect(url.href, 302)
  })

  // Open: the issuer's answer identifies, in the browser that asked for it.
  router.openapi(callback, async (context) => {
    const { issuer, admit } = configured()
    const { state } = context.req.valid('query')
    const { prefix } = cookieOf(context)
    const browser = getCookie(context, BROWSER_COOKIE, prefix) ?? ''
    deleteCookie(context, BROWSER_COOKIE, cookieOf(context))
    const place = { stateSha256: hashOf(state), browserSha256: hashOf(browser) }
    const signIn = await takeSignIn(db, place, clock.now())
    if (signIn === null) throw signInUnknown()
    const { search } = new URL(context.req.url)
    const principal = await admit(await issuer.claimsOf(search, { state, ...signIn }))
    setSessionCookie(context, await sessions.begin(principal, { method: 'oidc', keyId: null }))
    return context.redirect(signIn.returnTo, 303)
  })
  return router
}

/** Sent along when the issuer sends the browser back, so it cannot be `Strict`. */
const cookieOf = (context: Context<AppEnv>) => ({
  httpOnly: true,
  sameSite: 'Lax' as const,
  path: '/',
  secure: context.get('client').isSecure,
  prefix: context.get('client').isSecure ? ('host' as const) : undefined,
})

const SOMEWHERE = 'http://cadre.invalid'

/** A path of ours, whatever was asked for: `//host`, `/\host` and the like lead to the first page. */
export const ownPath = (wanted: string): string => {
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return '/'
  const url = URL.canParse(wanted, SOMEWHERE) ? new URL(wanted, SOMEWHERE) : null
  if (url === null || url.origin !== SOMEWHERE || url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search + url.hash
}

const notConfigured = () =>
  new AppError({
    kind: 'not_found',
    code: 'oidc.not_configured',
    publicMessage: 'No issuer is configured. See CADRE_OIDC_ISSUER in docs/configuration.md.',
  })
