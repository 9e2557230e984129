import type { TenantId } from '@cadre/contract'
import { currentPerpetrator, recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Random } from '#platform/random.ts'
import type { Principal } from '#platform/web/context.ts'
import { hashOf } from './api-key.ts'
import {
  memberElsewhere,
  memberNotFound,
  noPassword,
  unknownLink,
  wrongPassword,
} from './identity-errors.ts'
import { tellPrincipalsChanged } from './identity-store.ts'
import { requireGivable } from './member-service.ts'
import { findMember } from './member-store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { requireGoodPassword } from './password-rules.ts'
import { newSecretToken } from './secret-token.ts'
import { deleteSessionsOf } from './session-store.ts'
import { accountOf, type SignInGuard } from './sign-in-guard.ts'
import { revokeFamiliesOf } from './token-store.ts'
import * as store from './user-store.ts'

const RESET_HOURS = 24

export interface PasswordServiceOptions {
  db: Db
  clock: Clock
  random: Random
  hasher: PasswordHasher
  guard: SignInGuard | null
  platformTenantId: TenantId
  onChange: () => void
}

export type PasswordService = ReturnType<typeof createPasswordService>

/** New passwords. Each ends the sessions and tokens that the one before led to. */
export const createPasswordService = (options: PasswordServiceOptions) => {
  const { db, clock, random, hasher, guard } = options

  /** @param keptToken of the session in which it happens */
  const put = async (
    tx: Tx,
    user: store.User,
    { passwordHash, keptToken }: { passwordHash: string; keptToken: string | null },
  ): Promise<store.Membership[]> => {
    const now = clock.now()
    await store.setPassword(tx, { userId: user.id, passwordHash, now })
    await store.deletePasswordReset(tx, user.id)
    const memberships = await store.membershipsOf(tx, user.id)
    const principalIds = memberships.map(({ principal }) => principal.id)
    await deleteSessionsOf(tx, principalIds, keptToken === null ? null : hashOf(keptToken))
    await revokeFamiliesOf(tx, principalIds, now)
    await tellPrincipalsChanged(tx)
    return memberships
  }
  const record = (tx: Tx, action: string, member: Principal, by = currentPerpetrator()) =>
    recordWithin(tx, {
      tenantId: member.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'member', id: member.id, name: member.name },
      by,
    })
  /** A tenant may not take over an account that is good elsewhere as well. */
  const requireOwnUser = async (tx: Tx, userId: string, tenantId: string): Promise<void> => {
    if (tenantId === options.platformTenantId) return
    const memberships = await store.membershipsOf(tx, userId)
    if (memberships.some(({ principal }) => principal.tenantId !== tenantId))
      throw memberElsewhere()
  }

  return {
    /** @throws AppError 401 for a wrong password, 409 without one, 422 for a bad new one */
    change: async (
      principal: Principal,
      given: { current_password: string; new_password: string },
      from: { address: string; sessionToken: string | null },
    ): Promise<void> => {
      const user = await store.findUserOf(db, principal.id)
      if (user?.passwordHash == null) throw noPassword()
      const prove = async () => {
        if (!(await hasher.verify(user.passwordHash, given.current_password))) throw wrongPassword()
      }
      const attempt = { address: from.address, prefix: accountOf(user.email) }
      await (guard === null ? prove() : guard.attempt(attempt, prove))
      requireGoodPassword(given.new_password, 'new_password', user.email)
      const passwordHash = await hasher.hash(given.new_password)
      await db.transaction(async (tx) => {
        await put(tx, user, { passwordHash, keptToken: from.sessionToken })
        await record(tx, 'password.change', principal)
      })
      options.onChange()
    },

    /**
     * A link by which a member sets a new password; the one before is good for nothing then.
     * @throws AppError 403, 404, and 409 for who is a member of other tenants, too
     */
    createReset: (
      principal: Principal,
      memberId: string,
    ): Promise<{ token: string; expiresAt: Date }> =>
      db.transaction(async (tx) => {
        const { tenantId } = principal
        const member = await findMember(tx, { tenantId, kind: 'user', id: memberId })
        if (member === null) throw memberNotFound()
        requireGivable(principal, member.principal.role)
        if (member.userId === null) throw noPassword()
        await requireOwnUser(tx, member.userId, tenantId)
        const token = newSecretToken(random, 'reset')
        const now = clock.now()
        const expiresAt = new Date(now.getTime() + RESET_HOURS * 3_600_000)
        await store.putPasswordReset(tx, {
          userId: member.userId,
          tenantId,
          tokenSha256: hashOf(token),
          now,
          expiresAt,
        })
        await record(tx, 'password.reset_link', member.principal)
        return { token, expiresAt }
      }),

    /** @throws AppError 404 for a token that is good for nothing, 422 for a bad password */
    reset: async (given: { token: string; new_password: string }): Promise<void> => {
      if (!(await store.isResetPending(db, hashOf(given.token), clock.now()))) throw unknownLink()
      const passwordHash = await hasher.hash(given.new_password)
      await db.transaction(async (tx) => {
        const taken = await store.takePasswordReset(tx, hashOf(given.token), clock.now())
        const user = taken && (await store.findUserById(tx, taken.userId))
        if (taken === null || user === null) throw unknownLink()
        await requireOwnUser(tx, user.id, taken.tenantId)
        // Refused, it is as if the link had not been taken: the transaction ends with this error.
        requireGoodPassword(given.new_password, 'new_password', user.email)
        const memberships = await put(tx, user, { passwordHash, keptToken: null })
        const own = memberships.find(({ principal }) => principal.tenantId === taken.tenantId)
        if (own !== undefined)
          await record(tx, 'password.reset', own.principal, currentPerpetrator(own.principal))
      })
      options.onChange()
    },
  }
}
