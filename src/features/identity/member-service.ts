import type { ChangeMember, ChangeServiceAccount, TenantId } from '@cadre/contract'
import { mayGive } from '#features/access/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import {
  builtInPrincipal,
  inviteInstead,
  lastAdministrator,
  memberExists,
  memberNotFound,
  nameTaken,
  roleBeyondOwn,
  serviceAccountNotFound,
} from './identity-errors.ts'
import { insertPrincipal, tellPrincipalsChanged } from './identity-store.ts'
import { revokeInvitationsBy } from './invitation-store.ts'
import * as store from './member-store.ts'
import type { MemberRecord } from './member-store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { requireGoodPassword } from './password-rules.ts'
import { deleteSessionsOf } from './session-store.ts'
import { revokeFamiliesOf } from './token-store.ts'
import { deleteUserWithoutMembers, findUserByEmail, insertUser } from './user-store.ts'

export interface MemberServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  hasher: PasswordHasher
  /** The operator's tenant. */
  platformTenantId: TenantId
  /** Called when who somebody is has changed. */
  onChange: () => void
}

export type MemberService = ReturnType<typeof createMemberService>

/** @throws AppError 403 when the role permits more than the principal may */
export const requireGivable = (principal: Principal, role: string): void => {
  if (!mayGive(principal, role)) throw roleBeyondOwn(role, 'member.manage')
}

/** Users and service accounts of a tenant. */
export const createMemberService = (options: MemberServiceOptions) => {
  const { db, clock, ids, hasher, onChange } = options

  const record = (
    tx: Tx,
    action: string,
    member: Principal,
    fields: { before?: object; after?: object },
  ) =>
    recordWithin(tx, {
      tenantId: member.tenantId,
      at: clock.now(),
      action,
      resource: {
        kind: member.kind === 'user' ? 'member' : 'service_account',
        id: member.id,
        name: member.name,
      },
      ...fields,
    })
  /** One that the principal may manage, within the lock of the tenant's members. */
  const lockedMember = async (
    tx: Tx,
    principal: Principal,
    { kind, id }: Pick<store.MemberPlace, 'kind' | 'id'>,
  ): Promise<MemberRecord> => {
    const { tenantId } = principal
    await store.lockMembers(tx, tenantId)
    const member = await store.findMember(tx, { tenantId, kind, id })
    if (member === null) throw kind === 'user' ? memberNotFound() : serviceAccountNotFound()
    requireGivable(principal, member.principal.role)
    return member
  }
  const requireOtherAdministrator = async (tx: Tx, member: MemberRecord) => {
    const { principal, isDisabled, isDisabledEverywhere } = member
    if (principal.role !== 'admin' || isDisabled || isDisabledEverywhere) return
    const { tenantId, id } = principal
    if (!(await store.hasOtherAdministrator(tx, { tenantId, id, now: clock.now() })))
      throw lastAdministrator()
  }
  const changeWithin = async (
    tx: Tx,
    principal: Principal,
    place: Pick<store.MemberPlace, 'kind' | 'id'>,
    change: ChangeServiceAccount,
  ): Promise<MemberRecord> => {
    const member = await lockedMember(tx, principal, place)
    const { tenantId, id, name, role } = member.principal
    const before = { name, role, is_disabled: member.isDisabled }
    const after = {
      name: change.name ?? name,
      role: change.role ?? role,
      is_disabled: change.is_disabled ?? member.isDisabled,
    }
    const isRenamed = after.name !== name
    const isChanged = after.role !== role || after.is_disabled !== before.is_disabled
    if (!isRenamed && !isChanged) return member
    if (isRenamed && isBuiltIn(member)) throw builtInPrincipal(name)
    if (after.role !== role) requireGivable(principal, after.role)
    if (place.kind === 'user' && (after.is_disabled || after.role !== 'admin'))
      await requireOtherAdministrator(tx, member)
    const now = clock.now()
    if (isRenamed) await store.renameAccount(tx, id, after.name)
    if (isChanged) {
      await store.changeMember(tx, {
        id,
        role: after.role,
        disabledAt: after.is_disabled ? now : null,
      })
      await revokeInvitationsBy(tx, { tenantId, createdBy: id, now })
    }
    if (after.is_disabled) {
      await deleteSessionsOf(tx, [id], null)
      await revokeFamiliesOf(tx, [id], now)
    }
    await tellPrincipalsChanged(tx)
    await record(tx, `${KIND_NOUNS[place.kind]}.change`, member.principal, { before, after })
    return found(await store.findMember(tx, { tenantId, ...place }))
  }
  const committed = async <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => {
    const result = await db.transaction(work)
    onChange()
    return result
  }

  return {
    /**
     * A user with a password, made at once: for the first set-up.
     * @throws AppError 403 outside of the operator's tenant, for the address may be somebody's
     *   who is a member elsewhere; 409 for one that is known; 422 for a bad password
     */
    create: async (
      principal: Principal,
      given: { email: string; name?: string | undefined; role: string; password: string },
    ): Promise<MemberRecord> => {
      const { tenantId } = principal
      if (tenantId !== options.platformTenantId) throw inviteInstead()
      requireGivable(principal, given.role)
      requireGoodPassword(given.password, 'password', given.email)
      const user = {
        id: ids.uuid(),
        email: given.email,
        passwordHash: await hasher.hash(given.password),
      }
      const member: Principal = {
        id: ids.uuid(),
        tenantId,
        kind: 'user',
        name: given.name ?? given.email,
        role: given.role,
        scopes: null,
      }
      return db.transaction(async (tx) => {
        if ((await findUserByEmail(tx, given.email)) !== null) throw memberExists()
        await insertUser(tx, user, clock.now())
        await insertPrincipal(tx, member, clock.now(), user.id)
        const after = { email: given.email, role: given.role, has_password: true }
        await record(tx, 'member.create', member, { after })
        return found(await store.findMember(tx, { tenantId, kind: 'user', id: member.id }))
      })
    },

    /** @throws AppError 403, 404, and 409 for the last administrator */
    change: (principal: Principal, id: string, change: ChangeMember): Promise<MemberRecord> =>
      committed((tx) => changeWithin(tx, principal, { kind: 'user', id }, change)),

    /** @throws AppError 403, 404, and 409 for a name in use or an account of Cadre's own */
    changeServiceAccount: async (
      principal: Principal,
      id: string,
      change: ChangeServiceAccount,
    ): Promise<MemberRecord> => {
      if (change.name !== undefined && RESERVED_NAMES.has(change.name)) throw nameTaken()
      return uniquelyNamed(() =>
        committed((tx) => changeWithin(tx, principal, { kind: 'service', id }, change)),
      )
    },

    /** With keys, sessions and tokens. @throws AppError 403, 404, and 409 for the last administrator */
    remove: (principal: Principal, place: Pick<store.MemberPlace, 'kind' | 'id'>): Promise<void> =>
      committed(async (tx) => {
        const member = await lockedMember(tx, principal, place)
        const { id, name, role, tenantId } = member.principal
        if (isBuiltIn(member)) throw builtInPrincipal(name)
        if (place.kind === 'user') await requireOtherAdministrator(tx, member)
        await revokeInvitationsBy(tx, { tenantId, createdBy: id, now: clock.now() })
        await store.deletePrincipal(tx, id)
        if (member.userId !== null) await deleteUserWithoutMembers(tx, member.userId)
        await tellPrincipalsChanged(tx)
        const action = place.kind === 'user' ? 'member.delete' : 'service_account.delete'
        await record(tx, action, member.principal, { before: { role, email: member.email } })
      }),

    /** @throws AppError 403, and 409 for a name in use */
    createServiceAccount: async (
      principal: Principal,
      { name, role }: { name: string; role: string },
    ): Promise<MemberRecord> => {
      requireGivable(principal, role)
      if (RESERVED_NAMES.has(name)) throw nameTaken()
      const { tenantId } = principal
      const account: Principal = {
        id: ids.uuid(),
        tenantId,
        kind: 'service',
        name,
        role,
        scopes: null,
      }
      return uniquelyNamed(() =>
        db.transaction(async (tx) => {
          await insertPrincipal(tx, account, clock.now())
          await record(tx, 'service_account.create', account, { after: { role } })
          return found(await store.findMember(tx, { tenantId, kind: 'service', id: account.id }))
        }),
      )
    },
  }
}

/** Principals that Cadre makes by itself, and would make again. */
const RESERVED_NAMES = new Set(['administrator', 'local-cli'])
const isBuiltIn = ({ principal, userId }: MemberRecord): boolean =>
  userId === null && RESERVED_NAMES.has(principal.name)

const KIND_NOUNS = { user: 'member', service: 'service_account' } as const

const uniquelyNamed = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConstraintError && error.constraint === 'principals_service_once')
      throw nameTaken()
    throw error
  }
}

const found = (member: MemberRecord | null): MemberRecord => {
  if (member === null) throw new Error('Broken invariant: the member was stored')
  return member
}
