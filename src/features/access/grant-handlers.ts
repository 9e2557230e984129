import type { Grant } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import { grantNotFound } from './access-errors.ts'
import { grantResource } from './access-resources.ts'
import * as routes from './access-routes.ts'
import { authorise, authoriseOn, authoriseSome, permittedOnes } from './authorise.ts'
import type { GrantService } from './grant-service.ts'
import { findGrant, listGrants, type ShownGrant } from './grant-store.ts'

export interface GrantRouteOptions {
  db: Db
  clock: Clock
  grants: GrantService
}

export const grantRoutes = ({ db, clock, grants }: GrantRouteOptions) => {
  const router = createRouter()

  router.openapi(routes.listGrants, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'grant.read')
    const { limit, cursor, principal_id, role } = context.req.valid('query')
    const found = await listGrants(db.ofTenant(principal.tenantId), principal.tenantId, {
      principalId: principal_id ?? null,
      role: role ?? null,
      limit,
      after: decodeCursor(cursor, ['uuid']),
    })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const items = permittedOnes(principal, 'grant.read', page, grantResource)
    const next_cursor = last ? encodeCursor([last.id]) : null
    return context.json({ items: items.map((grant) => grantView(grant, clock)), next_cursor }, 200)
  })

  router.openapi(routes.createGrant, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'grant.manage', grantResource({ id: '', createdBy: principal.id }))
    const grant = await grants.create(principal, context.req.valid('json'))
    return context.json(grantView(grant, clock), 201)
  })

  router.openapi(routes.deleteGrant, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    const find = async () => {
      const grant = await findGrant(db.ofTenant(principal.tenantId), principal.tenantId, id)
      if (grant === null) throw grantNotFound()
      return grantResource(grant)
    }
    await authoriseOn(principal, 'grant.manage', find, grantNotFound)
    await grants.remove(principal, id)
    return context.body(null, 204)
  })
  return router
}

const grantView = (grant: ShownGrant, clock: Clock): Grant => ({
  id: grant.id,
  principal_id: grant.principalId,
  principal_name: grant.principalName,
  role: grant.role,
  actions: [...grant.actions],
  resource: grant.resource,
  expires_at: grant.expiresAt?.toISOString() ?? null,
  is_expired: grant.expiresAt !== null && grant.expiresAt <= clock.now(),
  reason: grant.reason,
  created_by_name: grant.createdByName,
  created_at: grant.createdAt.toISOString(),
})
