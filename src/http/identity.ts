import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import {
  sessionTokenOf,
  unauthenticated,
  type IdentityService,
  type SessionService,
} from '#features/identity/index.ts'
import type { AuthoritySource, Circumstances } from '#features/access/index.ts'
import type { AppEnv, Principal } from '#platform/web/context.ts'
import { requireOwnPage, requireOwnScript } from './forgery.ts'
import { isOpenRoute, isSignIn } from './open-routes.ts'

export interface IdentifyOptions {
  identity: IdentityService
  sessions: Pick<SessionService, 'identify'>
  /** What decides about whoever is identified. */
  authorities: Pick<AuthoritySource, 'empower'>
  /** Where people reach Cadre, if somebody said. */
  publicUrl: string | null
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Long enough for a token that an issuer filled with groups. */
const BEARER = /^Bearer +([\x21-\x7e]{1,8000})$/i

/** Every API route but the open ones needs an identity: a key, a token, or a session's cookie. */
export const identify = (options: IdentifyOptions) =>
  createMiddleware<AppEnv>(async (context, next) => {
    const { method, path } = context.req
    if (isOpenRoute(method, path)) {
      // Nobody is signed in to an account of somebody else's choice.
      if (isSignIn(method, path)) requireOwnPage(context, options.publicUrl)
      return next()
    }
    const principal = await principalOf(context, options)
    const { address: ip } = context.get('client')
    const credential = credentialOf(context)
    context.set('principal', await options.authorities.empower(principal, { ip, credential }))
    return next()
  })

/** What policies may ask about. Three parts of base64 that begin as JSON does are a JWT. */
const credentialOf = ({ req }: Context<AppEnv>): Circumstances['credential'] => {
  const authorization = req.header('authorization')
  if (authorization === undefined) return 'session'
  return /^Bearer +eyJ[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization) ? 'token' : 'key'
}

const principalOf = async (
  context: Context<AppEnv>,
  { identity, sessions, publicUrl }: IdentifyOptions,
): Promise<Principal> => {
  const authorization = context.req.header('authorization')
  if (authorization !== undefined) {
    const shown = BEARER.exec(authorization)?.[1]
    if (shown === undefined)
      throw unauthenticated('The Authorization header must be "Bearer" and the key or token.')
    return identity.identifyByBearer(shown, context.get('client').address)
  }
  const session = sessionTokenOf(context)
  if (session === undefined)
    throw unauthenticated('Send an API key in the header "Authorization: Bearer KEY".')
  if (!SAFE_METHODS.has(context.req.method)) {
    requireOwnScript(context)
    requireOwnPage(context, publicUrl)
  }
  return sessions.identify(session)
}
