import type { TenantId } from '@cadre/contract'
import { currentPerpetrator, recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Random } from '#platform/random.ts'
import type { Principal } from '#platform/web/context.ts'
import { hashOf } from './api-key.ts'
import {
  accountDisabled,
  invitationExists,
  invitationNeedsPassword,
  invitationNotFound,
  memberExists,
  unknownLink,
  wrongPassword,
} from './identity-errors.ts'
import { insertPrincipal } from './identity-store.ts'
import * as store from './invitation-store.ts'
import type { InvitationRecord } from './invitation-store.ts'
import { requireGivable } from './member-service.ts'
import { findMember, type MemberRecord } from './member-store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { requireGoodLength, requireGoodPassword } from './password-rules.ts'
import { newSecretToken } from './secret-token.ts'
import { accountOf, type SignInGuard } from './sign-in-guard.ts'
import { findUserAccount, findUserByEmail, insertUser, membershipsOf } from './user-store.ts'

export interface InvitationServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  hasher: PasswordHasher
  guard: SignInGuard | null
}

export type InvitationService = ReturnType<typeof createInvitationService>

/** How people join a tenant: by a link that an administrator hands over. */
export const createInvitationService = (options: InvitationServiceOptions) => {
  const { db, clock, ids, random, hasher, guard } = options

  const isMember = async (userId: string, tenantId: TenantId): Promise<boolean> =>
    (await membershipsOf(db, userId)).some(({ principal }) => principal.tenantId === tenantId)

  return {
    /** @throws AppError 403 for a role beyond one's own; 409 for a member, or who is invited already */
    create: async (
      principal: Principal,
      given: { email: string; role: string; expires_in_hours: number },
    ): Promise<{ invitation: InvitationRecord; token: string }> => {
      const { tenantId } = principal
      requireGivable(principal, given.role)
      const user = await findUserByEmail(db, given.email)
      if (user !== null && (await isMember(user.id, tenantId))) throw memberExists()
      const token = newSecretToken(random, 'invite')
      const now = clock.now()
      const invitation: InvitationRecord = {
        id: ids.uuid(),
        tenantId,
        email: given.email,
        role: given.role,
        createdBy: principal.id,
        createdByName: principal.name,
        createdAt: now,
        expiresAt: new Date(now.getTime() + given.expires_in_hours * 3_600_000),
        acceptedAt: null,
        revokedAt: null,
      }
      try {
        await db.ofTenant(tenantId).transaction(async (tx) => {
          await store.insertInvitation(tx, invitation, hashOf(token))
          await recordWithin(tx, {
            tenantId,
            at: now,
            action: 'invitation.create',
            resource: { kind: 'invitation', id: invitation.id, name: given.email },
            after: { role: given.role, expires_at: invitation.expiresAt },
          })
        })
      } catch (error) {
        if (error instanceof ConstraintError && error.constraint === 'invitations_pending')
          throw invitationExists()
        throw error
      }
      return { invitation, token }
    },

    /** @throws AppError 404, also for one that was accepted */
    revoke: ({ tenantId }: Principal, id: string): Promise<void> =>
      db.ofTenant(tenantId).transaction(async (tx) => {
        const now = clock.now()
        const invitation = await store.revokeInvitation(tx, { tenantId, id, now })
        if (invitation === null) throw invitationNotFound()
        await recordWithin(tx, {
          tenantId,
          at: now,
          action: 'invitation.revoke',
          resource: { kind: 'invitation', id, name: invitation.email },
          before: { role: invitation.role },
        })
      }),

    /**
     * Whoever knows the token sets a password, or proves to have the account of that address.
     * @throws AppError 401 for a wrong password, 404 for a token that is good for nothing
     */
    accept: async (
      given: { token: string; password: string; name?: string | undefined },
      address: string,
    ): Promise<{ member: MemberRecord; tenantName: string }> => {
      const now = clock.now()
      const invitation = await store.findPendingInvitation(db, hashOf(given.token), now)
      if (invitation === null) throw unknownLink()
      const { tenantId, email, role } = invitation
      const known = await findUserByEmail(db, email)
      const user = known ?? { id: ids.uuid(), email, passwordHash: null }
      if (known === null) {
        requireGoodLength(given.password, 'password')
        requireGoodPassword(given.password, 'password', email)
        user.passwordHash = await hasher.hash(given.password)
      } else {
        const { passwordHash } = known
        if (passwordHash === null) throw invitationNeedsPassword()
        const prove = async () => {
          if (!(await hasher.verify(passwordHash, given.password))) throw wrongPassword()
        }
        await (guard === null
          ? prove()
          : guard.attempt({ address, prefix: accountOf(email) }, prove))
        if ((await findUserAccount(db, known.id))?.isDisabled === true) throw accountDisabled()
        if (await isMember(known.id, tenantId)) throw memberExists()
      }
      const principal: Principal = {
        id: ids.uuid(),
        tenantId,
        kind: 'user',
        name: given.name ?? email,
        role,
        scopes: null,
      }
      await db.transaction(async (tx) => {
        if (!(await store.acceptInvitation(tx, invitation.id, now))) throw unknownLink()
        if (known === null) await insertUser(tx, user, now)
        await insertPrincipal(tx, principal, now, user.id)
        await recordWithin(tx, {
          tenantId,
          at: now,
          action: 'invitation.accept',
          resource: { kind: 'invitation', id: invitation.id, name: email },
          after: { role, member_id: principal.id },
          by: currentPerpetrator(principal),
        })
      })
      const member = await findMember(db, { tenantId, kind: 'user', id: principal.id })
      if (member === null) throw unknownLink()
      const own = (await membershipsOf(db, user.id)).find(
        (membership) => membership.principal.tenantId === tenantId,
      )
      return { member, tenantName: own?.tenantName ?? '' }
    },
  }
}
