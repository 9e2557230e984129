import type { Identity, TenantId } from '@cadre/contract'
import {
  findTenantByName,
  insertKey,
  insertPrincipal,
  insertTenant,
} from '../../src/features/identity/identity-store.ts'
import { givenApiKey } from '../../src/features/identity/api-key.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { createIds } from '../../src/platform/ids.ts'
import { systemRandom } from '../../src/platform/random.ts'

export interface SeededPrincipal {
  /** `default` is the tenant that the first start makes. */
  tenant: string
  role: Identity['role']
  key: string
}

/**
 * Members of the tenant `default`, one in each role, and the administrator of the tenant `other`,
 * who must see nothing of theirs. `keyOf` is called with each role and with `other`.
 */
export const membersAndStranger = (
  roles: readonly Identity['role'][],
  keyOf: (who: string) => string,
): SeededPrincipal[] => [
  ...roles.map((role) => ({ tenant: 'default', role, key: keyOf(role) })),
  { tenant: 'other', role: 'admin', key: keyOf('other') },
]

/** Writes principals with keys, and the tenants that they need. */
export const insertPrincipals = async (
  db: Db,
  principals: readonly SeededPrincipal[],
): Promise<void> => {
  const ids = createIds(systemClock, systemRandom)
  const now = systemClock.now()
  for (const { tenant, role, key } of principals) {
    await insertTenant(db, { id: ids.uuid(), name: tenant, now })
    const tenantId = (await findTenantByName(db, tenant)) as TenantId
    const principal = { id: ids.uuid(), tenantId, kind: 'user', name: `${tenant} ${role}`, role }
    await insertPrincipal(db, { ...principal, kind: 'user', scopes: null }, now)
    await insertKey(db, {
      ...givenApiKey(key),
      id: ids.uuid(),
      tenantId,
      principalId: principal.id,
      label: 'seeded',
      now,
    })
  }
}
