import { GRANTS_PER_SUBJECT_MAX, GRANTS_PER_TENANT_MAX, type CreateGrant } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import { grantNotFound, tooMany } from './access-errors.ts'
import { actionsOf } from './actions.ts'
import type { AuthoritySource } from './authority-source.ts'
import { noteAuthorityChange } from './change-store.ts'
import * as store from './grant-store.ts'
import type { GrantRecord } from './grants.ts'
import { requireOwn } from './handing-out.ts'
import { judgeActions } from './role-service.ts'
import { lockRoles } from './role-store.ts'
import { findPrincipal } from './subject-store.ts'

/** Ended grants are listed for a while, so that people see that they ended. */
const ENDED_KEPT_MS = 30 * 86_400_000

export interface GrantServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  authorities: Pick<AuthoritySource, 'forget' | 'rulesOfTenant'>
}

export type GrantService = ReturnType<typeof createGrantService>

/** Rights on single objects, mostly for a while. */
export const createGrantService = (options: GrantServiceOptions) => {
  const { db, clock, ids, authorities } = options

  const record = (tx: Tx, action: 'grant.create' | 'grant.delete', grant: GrantRecord) =>
    recordWithin(tx, {
      tenantId: grant.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'grant', id: grant.id },
      [action === 'grant.create' ? 'after' : 'before']: {
        principal_id: grant.principalId,
        role: grant.role,
        actions: grant.actions,
        object: grant.resource,
        expires_at: grant.expiresAt,
        reason: grant.reason,
      },
    })
  const judgeSubject = async (grant: GrantRecord): Promise<string | null> => {
    const { tenantId, principalId, role } = grant
    if (principalId !== null) {
      const found = await findPrincipal(db.ofTenant(tenantId), tenantId, principalId)
      if (found === null) throw invalidField('principal_id', 'there is no such principal')
      return found.name
    }
    const { roles } = await authorities.rulesOfTenant(tenantId)
    if (role !== null && !roles.has(role)) throw invalidField('role', `there is no role ${role}`)
    return null
  }
  const judgeNumber = async (tx: Tx, grant: GrantRecord) => {
    const counted = await store.countGrants(tx, grant.tenantId, {
      ...grant,
      now: clock.now(),
      upTo: GRANTS_PER_TENANT_MAX,
    })
    if (counted.ofTenant >= GRANTS_PER_TENANT_MAX) throw tooMany('grants', GRANTS_PER_TENANT_MAX)
    if (counted.ofSubject >= GRANTS_PER_SUBJECT_MAX)
      throw tooMany('grants to this one', GRANTS_PER_SUBJECT_MAX)
  }

  return {
    /** @throws AppError 422 for what is not there or over, 403 for more than the giver has, 409 */
    create: async (giver: Principal, given: CreateGrant): Promise<store.ShownGrant> => {
      const now = clock.now()
      const expiresAt = given.expires_at === undefined ? null : new Date(given.expires_at)
      if (expiresAt !== null && expiresAt <= now)
        throw invalidField('expires_at', 'must be in the future')
      judgeActions(given.actions, given.resource, 'actions')
      for (const action of actionsOf(given.actions)) requireOwn(giver, action, given.resource)
      const grant: GrantRecord = {
        id: ids.uuid(),
        tenantId: giver.tenantId,
        principalId: given.principal_id ?? null,
        role: given.role ?? null,
        actions: given.actions,
        resource: given.resource,
        expiresAt,
        reason: given.reason,
        createdBy: giver.id,
        createdByName: giver.name,
        createdAt: now,
      }
      const principalName = await judgeSubject(grant)
      await db.ofTenant(giver.tenantId).transaction(async (tx) => {
        // A role must not go while something is granted to it.
        await lockRoles(tx, giver.tenantId)
        await store.deleteEndedGrants(tx, giver.tenantId, new Date(now.getTime() - ENDED_KEPT_MS))
        await judgeNumber(tx, grant)
        await store.insertGrant(tx, grant)
        noteAuthorityChange(tx, giver.tenantId)
        await record(tx, 'grant.create', grant)
      })
      authorities.forget(giver.tenantId)
      return { ...grant, principalName }
    },

    /** @throws AppError 404 */
    remove: async ({ tenantId }: Principal, id: string): Promise<void> => {
      await db.ofTenant(tenantId).transaction(async (tx) => {
        const grant = await store.findGrant(tx, tenantId, id)
        if (grant === null || !(await store.deleteGrant(tx, tenantId, id))) throw grantNotFound()
        noteAuthorityChange(tx, tenantId)
        await record(tx, 'grant.delete', grant)
      })
      authorities.forget(tenantId)
    },
  }
}
