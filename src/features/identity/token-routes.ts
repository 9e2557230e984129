import { JsonWebKeySet, RevokeToken, TokenRequest, Tokens } from '@cadre/contract'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import type { IdentityService } from './identity-service.ts'
import type { PasswordSignIn } from './password-sign-in.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { IssuedTokens, TokenService } from './token-service.ts'

const TAG = 'Tokens'
const KEYS_MAX_AGE_SECONDS = 300

const requestTokens = documented(
  {
    summary: 'Get tokens for a password, a key or a refresh token',
    tag: TAG,
    description:
      'The access token is a JWT that is sent as a key is. The refresh token is good once: each use answers another one, and one that comes twice ends all that came of the same sign-in.',
    refusals: [409, 422],
    isOpen: true,
  },
  {
    method: 'post',
    path: '/auth/token',
    request: { body: takes(TokenRequest) },
    responses: { 200: answers(Tokens, 'Tokens') },
  },
)
const revokeToken = documented(
  {
    summary: 'Revoke tokens',
    tag: TAG,
    description:
      'By an access or a refresh token: all that came of the same sign-in ends. One that is not known is as good as revoked (RFC 7009).',
    refusals: [422],
    isOpen: true,
  },
  {
    method: 'post',
    path: '/auth/revoke',
    request: { body: takes(RevokeToken) },
    responses: { 204: { description: 'Revoked' } },
  },
)
const publishedKeys = documented(
  { summary: 'Public keys of access tokens', tag: TAG, isOpen: true },
  {
    method: 'get',
    path: '/.well-known/jwks.json',
    responses: { 200: answers(JsonWebKeySet, 'A JSON Web Key Set (RFC 7517)') },
  },
)

export interface TokenRouteOptions {
  identity: IdentityService
  tokens: TokenService
  signInByPassword: PasswordSignIn
}

export const tokenRoutes = ({ identity, tokens, signInByPassword }: TokenRouteOptions) => {
  const router = createRouter()

  // Open: what is shown identifies.
  router.openapi(requestTokens, async (context) => {
    const request = context.req.valid('json')
    const { address } = context.get('client')
    if (request.grant_type === 'refresh_token')
      return context.json(viewOf(await tokens.refresh(request.refresh_token)), 200)
    const { principal, keyId } =
      request.grant_type === 'api_key'
        ? await identity.identifyByKey(request.key, address)
        : { principal: await signInByPassword(request, address), keyId: null }
    const { scopes } = request
    return context.json(viewOf(await tokens.issue(principal, { keyId, scopes })), 200)
  })

  // Open: who holds a token may end it.
  router.openapi(revokeToken, async (context) => {
    await tokens.revoke(context.req.valid('json').token)
    return context.body(null, 204)
  })
  return router
}

/** What others check our tokens with; at its usual place as well as among the API's routes. */
export const publishedKeyRoutes = (keys: Pick<SigningKeys, 'published'>) => {
  const router = createRouter()
  router.openapi(publishedKeys, async (context) => {
    context.header('cache-control', `public, max-age=${KEYS_MAX_AGE_SECONDS}`)
    return context.json({ keys: await keys.published() }, 200)
  })
  return router
}

const viewOf = (issued: IssuedTokens): Tokens => ({
  access_token: issued.accessToken,
  token_type: 'Bearer',
  expires_in: issued.expiresInSeconds,
  refresh_token: issued.refreshToken,
  refresh_expires_at: issued.refreshExpiresAt.toISOString(),
})
