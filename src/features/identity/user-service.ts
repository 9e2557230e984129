import type { TenantId } from '@cadre/contract'
import { isPermitted } from '#features/access/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { lastAdministrator, userElsewhere, userNotFound } from './identity-errors.ts'
import { tellPrincipalsChanged } from './identity-store.ts'
import { requireGivable } from './member-service.ts'
import { hasOtherAdministrator, lockMembers } from './member-store.ts'
import { deleteSessionsOf } from './session-store.ts'
import { revokeFamiliesOf } from './token-store.ts'
import * as store from './user-store.ts'
import type { Membership, UserAccount } from './user-store.ts'

export interface UserServiceOptions {
  db: Db
  clock: Clock
  /** The operator's tenant. */
  platformTenantId: TenantId
  /** Called when who somebody is has changed. */
  onChange: () => void
}

export interface UserRecord {
  user: UserAccount
  memberships: readonly Membership[]
}

export type UserService = ReturnType<typeof createUserService>

/**
 * People, beyond the tenants that they are members of. The operator sees and disables everybody; an
 * administrator who is a member of that tenant and of no other.
 */
export const createUserService = (options: UserServiceOptions) => {
  const { db, clock, platformTenantId } = options

  const isOperator = (principal: Principal): boolean =>
    principal.tenantId === platformTenantId && isPermitted(principal, 'tenant.manage')
  /** By id or e-mail address. @throws AppError 404 for who is nobody in the principal's tenant */
  const visible = async (tx: Tx, principal: Principal, reference: string): Promise<UserRecord> => {
    const user = await store.findUserAccount(tx, reference.toLowerCase())
    if (user === null) throw userNotFound()
    const memberships = await store.membershipsOf(tx, user.id)
    const isOwn = memberships.some((one) => one.principal.tenantId === principal.tenantId)
    if (!isOwn && !isOperator(principal)) throw userNotFound()
    return { user, memberships }
  }
  /** What the principal may know of it. */
  const shownTo = (principal: Principal, { user, memberships }: UserRecord): UserRecord => ({
    user,
    memberships: isOperator(principal)
      ? memberships
      : memberships.filter((one) => one.principal.tenantId === principal.tenantId),
  })
  const requireChangeable = (principal: Principal, { memberships }: UserRecord): void => {
    for (const { principal: member } of memberships)
      if (member.tenantId === principal.tenantId) requireGivable(principal, member.role)
      else if (!isOperator(principal)) throw userElsewhere()
  }
  /** No tenant loses its last administrator. */
  const requireOtherAdministrators = async (tx: Tx, memberships: readonly Membership[]) => {
    for (const { principal, isDisabled } of memberships) {
      if (principal.role !== 'admin' || isDisabled) continue
      const { tenantId, id } = principal
      if (!(await hasOtherAdministrator(tx, { tenantId, id, now: clock.now() })))
        throw lastAdministrator()
    }
  }
  /** In each tenant, whose people are to know, and where the operator is. */
  const record = async (tx: Tx, principal: Principal, { user, memberships }: UserRecord) => {
    const tenants = memberships.map((one) => one.principal.tenantId)
    for (const tenantId of new Set([...tenants, principal.tenantId].toSorted()))
      await recordWithin(tx, {
        tenantId,
        at: clock.now(),
        action: user.isDisabled ? 'user.disable' : 'user.enable',
        resource: { kind: 'user', id: user.id, name: user.email },
        after: { is_disabled: user.isDisabled },
      })
  }

  return {
    /** @throws AppError 404 */
    read: (principal: Principal, reference: string): Promise<UserRecord> =>
      db.transaction(async (tx) => shownTo(principal, await visible(tx, principal, reference))),

    /**
     * Disabled, somebody can sign in nowhere: sessions and tokens end, and keys sleep.
     * @throws AppError 403, 404, 409 for who is a member elsewhere too, or the last administrator
     */
    setDisabled: async (
      principal: Principal,
      reference: string,
      isDisabled: boolean,
    ): Promise<UserRecord> => {
      const changed = await db.transaction(async (tx) => {
        const seen = await visible(tx, principal, reference)
        requireChangeable(principal, seen)
        const tenants = seen.memberships.map((one) => one.principal.tenantId).toSorted()
        for (const tenantId of tenants) await lockMembers(tx, tenantId)
        const found = await visible(tx, principal, reference)
        requireChangeable(principal, found)
        if (found.user.isDisabled === isDisabled) return found
        if (isDisabled) await requireOtherAdministrators(tx, found.memberships)
        const now = clock.now()
        const { id } = found.user
        await store.setUserDisabled(tx, id, isDisabled ? now : null)
        if (isDisabled) {
          const members = found.memberships.map((one) => one.principal.id)
          await deleteSessionsOf(tx, members, null)
          await revokeFamiliesOf(tx, members, now)
        }
        await tellPrincipalsChanged(tx)
        const after = await visible(tx, principal, id)
        await record(tx, principal, after)
        return after
      })
      options.onChange()
      return shownTo(principal, changed)
    },
  }
}
