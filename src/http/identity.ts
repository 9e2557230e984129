import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import { SESSION_COOKIE, unauthenticated, type IdentityService } from '#features/identity/index.ts'
import { AppError } from '#platform/errors.ts'
import type { AuthoritySource, Circumstances } from '#features/access/index.ts'
import type { AppEnv, Principal } from '#platform/web/context.ts'

/** A page of another site can send our cookie's request a form, but not this header. */
const CSRF_HEADER = 'x-cadre-request'
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Every API route but health, schemas, webhooks and sign-in needs an identity: a key, or a session's cookie. */
export const identify = (
  identity: IdentityService,
  authorities: Pick<AuthoritySource, 'empower'>,
) =>
  createMiddleware<AppEnv>(async (context, next) => {
    if (isOpen(context)) return next()
    const principal = await principalOf(context, identity)
    const { address: ip } = context.get('client')
    const credential = credentialOf(context)
    context.set('principal', await authorities.empower(principal, { ip, credential }))
    return next()
  })

const isOpen = (context: Context<AppEnv>): boolean => {
  const path = context.req.path.replace(/^\/api(?:\/v1)?/, '')
  if (/^\/health(?:\/live|\/ready)?$/.test(path)) return true
  if (path === '/schemas/workflow.json') return true
  // The token in the address is what identifies the sender.
  if (/^\/hooks\/[^/]+$/.test(path) && context.req.method === 'POST') return true
  return path === '/session' && context.req.method === 'POST'
}

/** What policies may ask about. Three parts of base64 that begin as JSON does are a JWT. */
const credentialOf = ({ req }: Context<AppEnv>): Circumstances['credential'] => {
  const authorization = req.header('authorization')
  if (authorization === undefined) return 'session'
  return /^Bearer +eyJ[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization) ? 'token' : 'key'
}

const principalOf = async (
  context: Context<AppEnv>,
  identity: IdentityService,
): Promise<Principal> => {
  const authorization = context.req.header('authorization')
  if (authorization !== undefined) {
    const key = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(authorization)?.[1]
    if (key === undefined)
      throw unauthenticated('The Authorization header must be "Bearer" and the key.')
    return identity.identifyByKey(key, context.get('client').address)
  }
  const session = getCookie(context, SESSION_COOKIE)
  if (session === undefined)
    throw unauthenticated('Send an API key in the header "Authorization: Bearer KEY".')
  if (!SAFE_METHODS.has(context.req.method) && context.req.header(CSRF_HEADER) === undefined)
    throw forgeable()
  return identity.identifyBySession(session)
}

const forgeable = () =>
  new AppError({
    kind: 'forbidden',
    code: 'access.csrf',
    publicMessage: `Requests with a session cookie must carry the header "${CSRF_HEADER}: 1".`,
  })
