import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose'
import * as client from 'openid-client'
import type { Clock } from '#platform/clock.ts'
import { unavailable, type AppError } from '#platform/errors.ts'
import { issuerAnswerRefused, issuerDenied, unauthenticated } from './identity-errors.ts'
import { issuerOf } from './token-issuer.ts'

const DISCOVERY_MS = 3_600_000
const ANSWER_SECONDS = 10
/** A `kid` that is not known may be new: keys are read again, but not for everybody's invention. */
const READ_KEYS_AGAIN_MS = 1_000
const CLOCK_TOLERANCE_SECONDS = 30
/** Signatures by a key that is secret at the issuer; never one that we could make ourselves. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

export interface OidcIssuerOptions {
  clock: Clock
  /** As it names itself. */
  issuer: string
  clientId: string
  /** Null for a public client. */
  clientSecret: string | null
  scopes: string
  redirectUri: string
  /** What tokens must be meant for that are shown as bearer. */
  bearerAudience: string
}

/** What somebody begins a sign-in with. */
export interface OidcRequest {
  state: string
  nonce: string
  codeVerifier: string
}

export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string }
export type OidcIssuer = ReturnType<typeof createOidcIssuer>

/** An OpenID Connect issuer, found by discovery: authorization code with PKCE, state and nonce. */
export const createOidcIssuer = (options: OidcIssuerOptions) => {
  const { clock, clientId, clientSecret } = options
  let found: Promise<Found> | null = null
  let foundAtMs = Number.NEGATIVE_INFINITY

  const discover = async (): Promise<Found> => {
    const configuration = await client.discovery(
      new URL(options.issuer),
      clientId,
      undefined,
      clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret),
      {
        timeout: ANSWER_SECONDS,
        // Configured so, and only for this machine.
        execute: options.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
      },
    )
    const { jwks_uri } = configuration.serverMetadata()
    if (jwks_uri === undefined) throw new Error('The issuer publishes no keys.')
    const keys = createRemoteJWKSet(new URL(jwks_uri), {
      cooldownDuration: READ_KEYS_AGAIN_MS,
      timeoutDuration: ANSWER_SECONDS * 1_000,
    })
    return { configuration, keys }
  }
  const issuer = async (): Promise<Found> => {
    const nowMs = clock.now().getTime()
    if (found === null || nowMs - foundAtMs > DISCOVERY_MS) {
      foundAtMs = nowMs
      found = discover()
    }
    try {
      return await found
    } catch (error) {
      found = null
      throw unreachable(error)
    }
  }
  const verify = async (
    token: string,
    audience: string,
    refusal: (cause: unknown) => AppError,
  ): Promise<JWTPayload> => {
    const { keys } = await issuer()
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer: options.issuer,
        audience,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: clock.now(),
      })
      return payload
    } catch (error) {
      if (error instanceof errors.JWKSTimeout) throw unreachable(error)
      if (error instanceof errors.JOSEError) throw refusal(error)
      throw unreachable(error)
    }
  }

  return {
    name: options.issuer,

    newRequest: (): OidcRequest => ({
      state: client.randomState(),
      nonce: client.randomNonce(),
      codeVerifier: client.randomPKCECodeVerifier(),
    }),

    /** Where the browser goes. @throws AppError `oidc.unavailable` */
    authorizationUrl: async ({ state, nonce, codeVerifier }: OidcRequest): Promise<URL> =>
      client.buildAuthorizationUrl((await issuer()).configuration, {
        redirect_uri: options.redirectUri,
        scope: options.scopes,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      }),

    /**
     * What the issuer says of who came back.
     * @param search of the address at which the browser came back
     * @throws AppError `oidc.denied`, `oidc.answer_refused`, `oidc.unavailable`
     */
    claimsOf: async (search: string, request: OidcRequest): Promise<Claims> => {
      const { configuration } = await issuer()
      try {
        const tokens = await client.authorizationCodeGrant(
          configuration,
          new URL(options.redirectUri + search),
          {
            pkceCodeVerifier: request.codeVerifier,
            expectedState: request.state,
            expectedNonce: request.nonce,
            idTokenExpected: true,
          },
        )
        // Not left to the secure channel alone: the signature counts.
        const { sub = '', ...claims } = await verify(
          tokens.id_token ?? '',
          clientId,
          issuerAnswerRefused,
        )
        const more =
          configuration.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await client.fetchUserInfo(configuration, tokens.access_token, sub)
        return { ...more, ...claims, sub }
      } catch (error) {
        if (isOutOfReach(error)) throw unreachable(error)
        if (error instanceof client.AuthorizationResponseError) throw issuerDenied(error)
        if (isRefusal(error)) throw issuerAnswerRefused(error)
        throw error
      }
    },

    /**
     * Where a browser goes that is to be signed out there as well (OpenID Connect RP-Initiated
     * Logout 1.0, section 2); null where the issuer offers none or cannot be asked.
     */
    signOutUrl: async (returnTo: string): Promise<string | null> => {
      const known = await issuer().catch(() => null)
      if (known?.configuration.serverMetadata().end_session_endpoint === undefined) return null
      const query = { post_logout_redirect_uri: returnTo }
      return client.buildEndSessionUrl(known.configuration, query).href
    },

    /** Null for a token of another issuer. @throws AppError `access.unauthenticated` */
    readBearer: async (token: string): Promise<{ subject: string; expiresAt: Date } | null> => {
      if (issuerOf(token) !== options.issuer) return null
      const { sub = '', exp = 0 } = await verify(token, options.bearerAudience, bearerRefused)
      return { subject: sub, expiresAt: new Date(exp * 1_000) }
    },
  }
}

interface Found {
  configuration: client.Configuration
  keys: ReturnType<typeof createRemoteJWKSet>
}

/** As the runtime's `fetch` and the library tell it. */
const isOutOfReach = (error: unknown): boolean =>
  (error instanceof TypeError && error.message === 'fetch failed') ||
  (error instanceof client.ClientError &&
    (error.code === 'OAUTH_TIMEOUT' ||
      (error.cause instanceof Response && error.cause.status >= 500)))

const isRefusal = (error: unknown): boolean =>
  error instanceof client.ResponseBodyError ||
  error instanceof client.ClientError ||
  error instanceof client.WWWAuthenticateChallengeError

const bearerRefused = (cause: unknown) => {
  const error = unauthenticated('The issuer’s answer is not one that is accepted here.')
  error.cause = cause
  return error
}

const unreachable = (cause: unknown) =>
  unavailable('oidc.unavailable', 'The issuer cannot be reached. Try again in a moment.', cause)
