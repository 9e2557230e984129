import { errors, importJWK, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import { unauthenticated } from './identity-errors.ts'
import type { BearerReader } from './identity-service.ts'
import { TOKEN_ALGORITHM, type SigningKeys } from './signing-keys.ts'
import { issuerOf } from './token-issuer.ts'
import { findFamily, type Family } from './token-store.ts'

const AUDIENCE = 'cadre'
/** RFC 9068, section 2.1. */
const TYPE = 'at+jwt'
const CLOCK_TOLERANCE_SECONDS = 5

export interface AccessTokensOptions {
  db: Db
  clock: Clock
  ids: Ids
  keys: SigningKeys
  issuer: string
  tokenMs: number
}

export interface AccessTokens extends BearerReader {
  sign(family: Family): Promise<{ token: string; expiresInSeconds: number }>
  /** The family of a token that is sound, also of one that was revoked. Null otherwise. */
  familyOf(token: string): Promise<string | null>
}

/** Short-lived JSON Web Tokens (RFC 7519, RFC 9068), signed by Ed25519 and by nothing else. */
export const createAccessTokens = (options: AccessTokensOptions): AccessTokens => {
  const { db, clock, ids, keys, issuer } = options

  const verify = async (token: string): Promise<{ family: string; expiresAt: Date }> => {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? null : await keys.byId(kid)
        if (key === null) throw new errors.JWKSNoMatchingKey()
        return importJWK(key.publicJwk, TOKEN_ALGORITHM)
      },
      {
        algorithms: [TOKEN_ALGORITHM],
        issuer,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['sub', 'iat', 'exp', 'jti', 'family'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: clock.now(),
      },
    )
    const { family, exp = 0 } = payload
    return { family: String(family), expiresAt: new Date(exp * 1_000) }
  }

  return {
    sign: async ({ id, principal }) => {
      const key = await keys.current()
      const issuedAt = Math.floor(clock.now().getTime() / 1_000)
      const expiresInSeconds = Math.floor(options.tokenMs / 1_000)
      const token = await new SignJWT({
        tenant: principal.tenantId,
        family: id,
        ...(principal.scopes === null ? {} : { scope: principal.scopes.join(' ') }),
      })
        .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: TYPE, kid: key.id })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(principal.id)
        .setJti(ids.uuid())
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + expiresInSeconds)
        .sign(await importJWK(key.privateJwk, TOKEN_ALGORITHM))
      return { token, expiresInSeconds }
    },

    familyOf: async (token) => {
      try {
        return (await verify(token)).family
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },

    read: async (token) => {
      if (issuerOf(token) !== issuer) return null
      try {
        const { family: id, expiresAt } = await verify(token)
        const family = await findFamily(db, id, clock.now())
        if (family === null) throw unauthenticated('The token was revoked.')
        return { principal: family.principal, expiresAt }
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error
        throw unauthenticated(reasonOf(error))
      }
    },
  }
}

/** Enough for who holds a sound token, nothing for who makes one up. */
const reasonOf = (error: errors.JOSEError): string =>
  error instanceof errors.JWTExpired
    ? 'The token has expired. Get another one with the refresh token.'
    : 'The token is not one that is accepted here.'
