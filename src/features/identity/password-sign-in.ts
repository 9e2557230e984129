import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { accountDisabled, tenantNeeded, wrongPassword } from './identity-errors.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { accountOf, type SignInGuard } from './sign-in-guard.ts'
import { findUserByEmail, membershipsOf, noteSignIn, type Membership } from './user-store.ts'

export interface PasswordSignInOptions {
  db: Db
  clock: Clock
  hasher: PasswordHasher
  guard: SignInGuard | null
}

export interface ShownPassword {
  email: string
  password: string
  /** Id or name. */
  tenant?: string | undefined
}

/**
 * Who has this address and password, as a member of a tenant.
 * @throws AppError `access.unauthenticated`, `access.too_many_attempts`, and
 *   `session.tenant_needed` when the password was right and there are several
 */
export type PasswordSignIn = (shown: ShownPassword, address: string) => Promise<Principal>

export const createPasswordSignIn =
  ({ db, clock, hasher, guard }: PasswordSignInOptions): PasswordSignIn =>
  async ({ email: given, password, tenant }, address) => {
    const email = given.trim().toLowerCase()
    const prove = async () => {
      const user = await findUserByEmail(db, email)
      // One hash is compared whether or not there is such a user.
      const isRight = await hasher.verify(user?.passwordHash ?? null, password)
      if (user === null || !isRight) throw wrongPassword()
      return user
    }
    // By the address that is aimed at, also where nobody has it: that tells nothing of who does.
    const prefix = accountOf(email)
    const user = await (guard === null ? prove() : guard.attempt({ address, prefix }, prove))
    const principal = chosen(await membershipsOf(db, user.id), tenant)
    await db.transaction((tx) => noteSignIn(tx, user.id, clock.now()))
    return principal
  }

/** @throws AppError 401 where there is no membership that is good, 409 where there are several */
export const chosen = (
  memberships: readonly Membership[],
  tenant: string | undefined,
): Principal => {
  const active = memberships.filter(({ isDisabled }) => !isDisabled)
  if (active.length === 0) throw accountDisabled()
  const wanted =
    tenant === undefined
      ? active
      : active.filter(
          ({ principal, tenantName }) => principal.tenantId === tenant || tenantName === tenant,
        )
  const [only, ...others] = wanted
  if (only !== undefined && others.length === 0) return only.principal
  throw tenantNeeded(
    active.map(({ principal, tenantName }) => ({ id: principal.tenantId, name: tenantName })),
  )
}
