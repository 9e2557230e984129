import { createHmac } from 'node:crypto'
import { areScopesWithin } from '#features/access/index.ts'
import { currentPerpetrator, recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Random } from '#platform/random.ts'
import { tenantSuspended, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { Principal } from '#platform/web/context.ts'
import type { AccessTokens } from './access-tokens.ts'
import { hashOf } from './api-key.ts'
import { scopeBeyondOwn, unauthenticated } from './identity-errors.ts'
import { tellPrincipalsChanged } from './identity-store.ts'
import { newSecretToken } from './secret-token.ts'
import type { SignInGuard } from './sign-in-guard.ts'
import * as store from './token-store.ts'
import type { Family } from './token-store.ts'

/** An answer may be lost: so long, the same refresh token is answered the same successor. */
const GRACE_MS = 10_000
const SALT_BYTES = 32

export interface TokenServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  access: AccessTokens
  /** A family ends so long after the sign-in that began it. */
  refreshMs: number
  guard: SignInGuard | null
  /** Whose people get none. */
  suspended: Pick<SuspendedTenants, 'has'>
  onChange: () => void
}

export interface IssuedTokens {
  accessToken: string
  expiresInSeconds: number
  refreshToken: string
  refreshExpiresAt: Date
}

export type TokenService = ReturnType<typeof createTokenService>

/**
 * Access tokens for a short while, and refresh tokens that are good once. One that comes a second
 * time was stolen, or its thief was quicker: then the whole family ends (RFC 9700, section 4.14.2).
 */
export const createTokenService = (options: TokenServiceOptions) => {
  const { db, clock, ids, random, access, guard } = options

  const answer = async (family: Family, refreshToken: string): Promise<IssuedTokens> => {
    const { token, expiresInSeconds } = await access.sign(family)
    const refreshExpiresAt = family.expiresAt
    return { accessToken: token, expiresInSeconds, refreshToken, refreshExpiresAt }
  }
  const record = (tx: Tx, action: string, of: Principal, familyId: string, after?: object) =>
    recordWithin(tx, {
      tenantId: of.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'token_family', id: familyId },
      by: currentPerpetrator(of),
      after,
    })
  const revoke = async (tx: Tx, familyId: string, reason: string): Promise<void> => {
    const of = await store.revokeFamily(tx, familyId, clock.now())
    if (of === null) return
    await tellPrincipalsChanged(tx)
    await record(tx, 'token.revoke', of, familyId, { reason })
  }
  /** Null when the token was stolen, and its family has ended now. */
  const exchange = (token: string): Promise<{ family: Family; successor: string } | null> =>
    db.transaction(async (tx) => {
      const now = clock.now()
      const tokenSha256 = hashOf(token)
      const shown = await store.lockRefreshToken(tx, tokenSha256, now)
      if (shown === null) throw refused()
      const { family } = shown
      if (options.suspended.has(family.principal.tenantId)) throw tenantSuspended()
      if (shown.usedAt !== null && shown.successorSalt !== null) {
        const successor = successorOf(token, shown.successorSalt)
        const isRepeated = now.getTime() - shown.usedAt.getTime() <= GRACE_MS
        if (isRepeated && !(await store.isRefreshTokenUsed(tx, hashOf(successor))))
          return { family, successor }
        await revoke(tx, family.id, 'a refresh token came twice')
        return null
      }
      const successorSalt = Buffer.from(random.bytes(SALT_BYTES)).toString('base64url')
      const successor = successorOf(token, successorSalt)
      await store.useRefreshToken(tx, { tokenSha256, now, successorSalt })
      await store.insertRefreshToken(tx, { tokenSha256: hashOf(successor), family, now })
      return { family, successor }
    })

  return {
    /** @throws AppError 403 for scopes that are wider than the credential's */
    issue: async (
      principal: Principal,
      { keyId, scopes }: { keyId: string | null; scopes: readonly string[] | undefined },
    ): Promise<IssuedTokens> => {
      const narrowed = { ...principal, scopes: scopes ?? principal.scopes }
      if (!areScopesWithin(narrowed.scopes, principal.scopes)) throw scopeBeyondOwn()
      if (options.suspended.has(principal.tenantId)) throw tenantSuspended()
      await guard?.countSession(principal.id)
      const now = clock.now()
      const expiresAt = new Date(now.getTime() + options.refreshMs)
      const family: Family = { id: ids.uuid(), principal: narrowed, expiresAt }
      const token = newSecretToken(random, 'refresh')
      await db.ofTenant(principal.tenantId).transaction(async (tx) => {
        await store.insertFamily(tx, { ...family, keyId, now })
        await store.insertRefreshToken(tx, { tokenSha256: hashOf(token), family, now })
        await record(tx, 'token.issue', principal, family.id, { scopes: narrowed.scopes })
      })
      return answer(family, token)
    },

    /** @throws AppError `access.unauthenticated` */
    refresh: async (token: string): Promise<IssuedTokens> => {
      const exchanged = await exchange(token)
      if (exchanged !== null) return answer(exchanged.family, exchanged.successor)
      options.onChange()
      throw refused()
    },

    /** By an access or a refresh token of it; one that is not known is as good as revoked. */
    revoke: async (token: string): Promise<void> => {
      const named = token.startsWith('eyJ') ? await access.familyOf(token) : null
      await db.transaction(async (tx) => {
        const familyId = named ?? (await store.familyIdOf(tx, hashOf(token)))
        if (familyId !== null) await revoke(tx, familyId, 'as asked')
      })
      options.onChange()
    },
  }
}

/** Known to who holds the token before it and to nobody else, though only hashes are stored. */
const successorOf = (token: string, salt: string): string =>
  `cadre_refresh_${createHmac('sha256', token).update(salt).digest('base64url')}`

const refused = () =>
  unauthenticated('The refresh token is not known, was used or revoked. Sign in again.')
