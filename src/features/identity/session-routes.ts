import { Identity, SignIn } from '@cadre/contract'
import { permittedActions, type AuthoritySource } from '#features/access/index.ts'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Context } from 'hono'
import type { AppEnv, Principal } from '#platform/web/context.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import type { IdentityService } from './identity-service.ts'

export const SESSION_COOKIE = 'cadre_session'

const whoAmI = documented(
  { summary: 'Who am I', tag: 'Session' },
  { method: 'get', path: '/session', responses: { 200: answers(Identity, 'The caller') } },
)
const signIn = documented(
  {
    summary: 'Sign in with a key',
    tag: 'Session',
    description: 'Exchanges an API key for a session cookie. Needs no other identity.',
    refusals: [422],
    isOpen: true,
  },
  {
    method: 'post',
    path: '/session',
    request: { body: takes(SignIn) },
    responses: { 200: answers(Identity, 'Signed in') },
  },
)
const signOut = documented(
  { summary: 'Sign out', tag: 'Session' },
  { method: 'delete', path: '/session', responses: { 204: { description: 'Signed out' } } },
)

export const sessionRoutes = (
  identity: IdentityService,
  authorities: Pick<AuthoritySource, 'empower'>,
) => {
  const router = createRouter()
  router.openapi(whoAmI, (context) => context.json(identityOf(context.get('principal')), 200))
  router.openapi(signIn, async (context) => {
    const { address: ip } = context.get('client')
    const { principal, token, expiresAt } = await identity.signIn(context.req.valid('json').key, ip)
    setCookie(context, SESSION_COOKIE, token, {
      ...cookieOptions(context),
      expires: expiresAt,
    })
    const signedIn = await authorities.empower(principal, { ip, credential: 'session' })
    return context.json(identityOf(signedIn), 200)
  })
  router.openapi(signOut, async (context) => {
    const token = getCookie(context, SESSION_COOKIE)
    if (token !== undefined) await identity.signOut(token)
    deleteCookie(context, SESSION_COOKIE, cookieOptions(context))
    return context.body(null, 204)
  })
  return router
}

/** Never sent by another site, never readable by a script. */
const cookieOptions = (context: Context<AppEnv>) => ({
  httpOnly: true,
  sameSite: 'Strict' as const,
  path: '/',
  secure: context.get('client').isSecure,
})

const identityOf = (principal: Principal): Identity => ({
  principal_id: principal.id,
  kind: principal.kind,
  name: principal.name,
  role: principal.role,
  scopes: principal.scopes === null ? null : [...principal.scopes],
  actions: permittedActions(principal),
  tenant_id: principal.tenantId,
})
