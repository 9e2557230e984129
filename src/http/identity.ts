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
import { isOpenRoute, isSignIn, tellsMoreToSome } from './open-routes.ts'

export interface IdentifyOptions {
  identity: IdentityService
  sessions: Pick<SessionService, 'identify'>
  /** What decides about whoever is identified. */
  authorities: Pick<AuthoritySource, 'empower'>
  /** Where people reach Cadre, if somebody said. */
  publicUrl: string | null
}

const IDENTIFIED_MS_MAX = 1_000
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Long enough for a token that an issuer filled with groups. */
const BEARER = /^Bearer +([\x21-\x7e]{1,8000})$/i

/** Every API route but the open ones needs an identity: a key, a token, or a session's cookie. */
export const identify = (options: IdentifyOptions) => {
  const empowered = async (context: Context<AppEnv>): Promise<Principal> => {
    const principal = await principalOf(context, options)
    const { address: ip } = context.get('client')
    return options.authorities.empower(principal, { ip, credential: credentialOf(context) })
  }
  /** Nobody, where something is wrong with what is shown: the route answers all the same. */
  const seen = (context: Context<AppEnv>): Promise<Principal | null> =>
    isNobody(context) ? Promise.resolve(null) : empowered(context).catch(() => null)
  return createMiddleware<AppEnv>(async (context, next) => {
    const { method, path } = context.req
    if (isOpenRoute(method, path)) {
      // Nobody is signed in to an account of somebody else's choice.
      if (isSignIn(method, path)) requireOwnPage(context, options.publicUrl)
      context.set('seenBy', tellsMoreToSome(method, path) ? await soon(seen(context)) : null)
      return next()
    }
    context.set('principal', await empowered(context))
    return next()
  })
}

const isNobody = (context: Context<AppEnv>): boolean =>
  context.req.header('authorization') === undefined && sessionTokenOf(context) === undefined

/** A probe is answered also while what identifies people cannot be read. */
const soon = async (identified: Promise<Principal | null>): Promise<Principal | null> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, IDENTIFIED_MS_MAX, null)
  })
  return Promise.race([identified, late]).finally(() => clearTimeout(timer))
}

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
