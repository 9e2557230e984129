import { Readable } from 'node:stream'
import type { Tenant, TenantId } from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import { notOperator, tenantNotFound } from './tenant-errors.ts'
import { exportTenant } from './tenant-export.ts'
import * as routes from './tenant-routes.ts'
import type { TenantService } from './tenant-service.ts'
import type { TenantRecord } from './tenant.ts'

export interface TenantRouteOptions {
  db: Db
  clock: Clock
  tenants: TenantService
  platformTenantId: TenantId
}

export const tenantRoutes = (options: TenantRouteOptions) => {
  const { tenants, platformTenantId } = options
  const router = createRouter()

  const isOperator = ({ tenantId }: Principal) => tenantId === platformTenantId
  /** Another tenant does not exist for whoever is not of the platform. */
  const requireOperator = (principal: Principal, id?: TenantId): void => {
    authorise(principal, 'tenant.manage')
    if (isOperator(principal)) return
    throw id === undefined || id === principal.tenantId ? notOperator() : tenantNotFound()
  }
  const readable = async (principal: Principal, id: TenantId): Promise<TenantRecord> => {
    authorise(principal, 'tenant.read')
    if (!isOperator(principal) && principal.tenantId !== id) throw tenantNotFound()
    return tenants.read(id)
  }
  const shown = (tenant: TenantRecord): Tenant => ({
    id: tenant.id,
    name: tenant.name,
    display_name: tenant.displayName,
    status: tenant.status,
    status_reason: tenant.statusReason,
    status_at: tenant.statusAt?.toISOString() ?? null,
    weight: tenant.weight,
    is_platform: tenant.id === platformTenantId,
    created_at: tenant.createdAt.toISOString(),
  })

  router.openapi(routes.createTenant, async (context) => {
    requireOperator(context.get('principal'))
    const { tenant, admin, key } = await tenants.create(context.req.valid('json'))
    const account = { principal_id: admin.id, name: admin.name, key }
    return context.json({ tenant: shown(tenant), admin: account }, 201)
  })

  router.openapi(routes.listTenants, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'tenant.read')
    const { limit, cursor } = context.req.valid('query')
    const [after = null] = decodeCursor(cursor, ['text']) ?? []
    if (!isOperator(principal)) {
      const own = await tenants.read(principal.tenantId)
      return context.json({ items: [shown(own)], next_cursor: null }, 200)
    }
    const found = await tenants.list({ after, limit })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const next_cursor = last === undefined ? null : encodeCursor([last.name])
    return context.json({ items: page.map(shown), next_cursor }, 200)
  })

  router.openapi(routes.readTenant, async (context) => {
    const tenant = await readable(context.get('principal'), context.req.valid('param').id)
    return context.json(shown(tenant), 200)
  })

  router.openapi(routes.changeTenant, async (context) => {
    const { id } = context.req.valid('param')
    requireOperator(context.get('principal'), id)
    return context.json(shown(await tenants.change(id, context.req.valid('json'))), 200)
  })

  router.openapi(routes.suspendTenant, async (context) => {
    const { id } = context.req.valid('param')
    requireOperator(context.get('principal'), id)
    const { reason } = context.req.valid('json')
    return context.json(shown(await tenants.suspend(id, reason)), 200)
  })

  router.openapi(routes.resumeTenant, async (context) => {
    const { id } = context.req.valid('param')
    requireOperator(context.get('principal'), id)
    return context.json(shown(await tenants.resume(id)), 200)
  })

  router.openapi(routes.exportTenant, async (context) => {
    const { id } = context.req.valid('param')
    requireOperator(context.get('principal'), id)
    const tenant = await tenants.read(id)
    const lines = Readable.toWeb(Readable.from(exportTenant(options, tenant)))
    // Node's stream type and the browser's stand for the same thing.
    return context.body(lines as unknown as ReadableStream, 200, {
      'content-type': 'application/x-ndjson',
      'content-disposition': `attachment; filename="cadre-tenant-${tenant.name}.ndjson"`,
    })
  })

  router.openapi(routes.deleteTenant, async (context) => {
    const { id } = context.req.valid('param')
    requireOperator(context.get('principal'), id)
    return context.json(shown(await tenants.remove(id, context.req.valid('query').name)), 202)
  })
  return router
}
