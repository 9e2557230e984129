import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { tenantSuspended, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { AppEnv, Principal } from '#platform/web/context.ts'

/**
 * Refuses who belongs to a suspended tenant, whatever they ask; but for signing out, and for the
 * reports by which work that is under way ends. A claim among these is refused where it is made.
 */
export const refuseSuspended = (suspended: Pick<SuspendedTenants, 'has'>) =>
  createMiddleware<AppEnv>(async (context, next) => {
    const principal: Principal | undefined = context.get('principal')
    if (principal !== undefined && suspended.has(principal.tenantId) && !isUnaffected(context))
      throw tenantSuspended()
    return next()
  })

const UNAFFECTED = [
  /^DELETE \/session$/,
  /^PUT \/tasks\/[^/]+\/status$/,
  /^POST \/tasks\/[^/]+\/(?:report-failure|heartbeat|progress)$/,
  /^POST \/agents\/[^/]+\/calls$/,
]

const isUnaffected = ({ req }: Context<AppEnv>): boolean => {
  const call = `${req.method} ${req.path.replace(/^\/api(?:\/v1)?/, '')}`
  return UNAFFECTED.some((pattern) => pattern.test(call))
}
