import type { TenantId } from '@cadre/contract'
import { currentPerpetrator, recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import {
  issuersAccountDisabled,
  domainNotAdmitted,
  noRole,
  noSuchTenant,
  notInvited,
  noVerifiedAddress,
  subjectUnusable,
} from './identity-errors.ts'
import { findTenantByName, insertPrincipal, tellPrincipalsChanged } from './identity-store.ts'
import { acceptInvitation, findPendingFor } from './invitation-store.ts'
import { changeMember, hasOtherAdministrator, lockMembers } from './member-store.ts'
import type { Claims } from './oidc-issuer.ts'
import { findUserByIdentity, insertIdentity } from './oidc-store.ts'
import { findUserByEmail, insertUser, membershipsOf, noteSignIn, type User } from './user-store.ts'

const NAME_LENGTH_MAX = 100
const SUBJECT_LENGTH_MAX = 255

/** Whom the operator lets in, and as what. */
export interface AdmissionRules {
  issuer: string
  /** Name of the tenant that they join. */
  tenant: string
  /** Also those who are no members yet and were not invited. */
  createsUsers: boolean
  defaultRole: string | null
  roleClaim: string | null
  /** The first that somebody has counts. */
  roleMap: readonly { value: string; role: string }[]
  /** None lets all domains in. */
  emailDomains: readonly string[]
}

export interface AdmissionOptions {
  db: Db
  clock: Clock
  ids: Ids
  rules: AdmissionRules
  onChange: () => void
}

/**
 * The member that somebody is of whom the issuer spoke; made or changed where the rules say so.
 * @throws AppError `oidc.not_invited` and the like, or `oidc.account_disabled`
 */
export type Admission = (claims: Claims) => Promise<Principal>

export const createAdmission = (options: AdmissionOptions): Admission => {
  const { db, clock, ids, rules } = options

  const record = (tx: Tx, action: string, member: Principal, after: object) =>
    recordWithin(tx, {
      tenantId: member.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'member', id: member.id, name: member.name },
      after,
      by: currentPerpetrator(member),
    })
  const userOf = async (tx: Tx, claims: Claims): Promise<User> => {
    const identity = { issuer: rules.issuer, subject: claims.sub }
    const known = await findUserByIdentity(tx, identity)
    if (known !== null) return known
    const email = verifiedEmailOf(claims)
    if (email === null) throw noVerifiedAddress()
    const now = clock.now()
    const found = await findUserByEmail(tx, email)
    const user = found ?? { id: ids.uuid(), email, passwordHash: null }
    if (found === null) await insertUser(tx, user, now)
    await insertIdentity(tx, { ...identity, userId: user.id, now })
    return user
  }
  const join = async (tx: Tx, user: User, claims: Claims, tenantId: TenantId) => {
    const now = clock.now()
    const email = verifiedEmailOf(claims)
    const invitation = email === null ? null : await findPendingFor(tx, { tenantId, email, now })
    if (invitation === null && !rules.createsUsers) throw notInvited()
    const role = roleOf(claims, rules) ?? invitation?.role ?? rules.defaultRole
    if (role === null) throw noRole()
    if (invitation !== null) await acceptInvitation(tx, invitation.id, now)
    const name = nameOf(claims) ?? user.email
    const member: Principal = { id: ids.uuid(), tenantId, kind: 'user', name, role, scopes: null }
    await insertPrincipal(tx, member, now, user.id)
    await record(tx, 'member.create', member, { role, email: user.email, issuer: rules.issuer })
    return member
  }
  /** What the issuer says of roles now; but a tenant keeps its last administrator. */
  const withRole = async (tx: Tx, member: Principal, claims: Claims): Promise<Principal> => {
    const { tenantId, id } = member
    const role =
      rules.roleClaim === null ? member.role : (roleOf(claims, rules) ?? rules.defaultRole)
    if (role === null) throw noRole()
    if (role === member.role) return member
    const now = clock.now()
    if (member.role === 'admin' && !(await hasOtherAdministrator(tx, { tenantId, id, now })))
      return member
    await changeMember(tx, { id, role, disabledAt: null })
    await tellPrincipalsChanged(tx)
    await record(tx, 'member.change', { ...member, role }, { role, issuer: rules.issuer })
    return { ...member, role }
  }

  return async (claims) => {
    requireSubject(claims)
    requireDomain(claims, rules)
    const principal = await db.transaction(async (tx) => {
      const tenantId = await findTenantByName(tx, rules.tenant)
      if (tenantId === null) throw noSuchTenant()
      await lockMembers(tx, tenantId)
      const user = await userOf(tx, claims)
      const membership = (await membershipsOf(tx, user.id)).find(
        (one) => one.principal.tenantId === tenantId,
      )
      if (membership?.isDisabled === true) throw issuersAccountDisabled()
      await noteSignIn(tx, user.id, clock.now())
      return membership === undefined
        ? join(tx, user, claims, tenantId)
        : withRole(tx, membership.principal, claims)
    })
    options.onChange()
    return principal
  }
}

/** Linked by it, so only as the issuer itself has made sure of it. */
const verifiedEmailOf = (claims: Claims): string | null => {
  const email = claims['email']
  if (claims['email_verified'] !== true || typeof email !== 'string') return null
  return /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,189}$/u.test(email) ? email.toLowerCase() : null
}

const nameOf = (claims: Claims): string | null => {
  const name = claims['name']
  if (typeof name !== 'string') return null
  const shown = name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, ' ').trim()
  return shown === '' ? null : shown.slice(0, NAME_LENGTH_MAX).toWellFormed()
}

/** The first role of the map whose value somebody has. */
const roleOf = (claims: Claims, { roleClaim, roleMap }: AdmissionRules): string | null => {
  if (roleClaim === null) return null
  const claim = claims[roleClaim]
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
  return roleMap.find(({ value }) => values.includes(value))?.role ?? null
}

const requireSubject = ({ sub }: Claims): void => {
  if (sub === '' || sub.length > SUBJECT_LENGTH_MAX || /\p{Cc}/u.test(sub)) throw subjectUnusable()
}

const requireDomain = (claims: Claims, { emailDomains }: AdmissionRules): void => {
  if (emailDomains.length === 0) return
  const domain = verifiedEmailOf(claims)?.split('@')[1]
  if (domain === undefined || !emailDomains.some((allowed) => allowed.toLowerCase() === domain))
    throw domainNotAdmitted()
}
