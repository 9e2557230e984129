import { createTenantService, startTenantDeletion, tenantRoutes } from './features/tenants/index.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import {
  followSuspendedTenants,
  type SuspendedTenantsOptions,
} from './platform/tenants/suspended-tenants.ts'

type Following = Omit<SuspendedTenantsOptions, 'onFault'> & {
  lifecycle: Lifecycle
  onFault: (part: string) => (error: unknown) => void
}

/** Who is suspended, from now on and in whatever process that is decided. */
export const openSuspendedTenants = async ({ db, clock, lifecycle, onFault }: Following) => {
  const suspended = await followSuspendedTenants({
    db,
    clock,
    onFault: onFault('suspended tenants'),
  })
  lifecycle.onStop('suspended tenants', suspended.close)
  return suspended
}

type Parts = Omit<Parameters<typeof createTenantService>[0], 'refreshSuspended'> &
  Parameters<typeof startTenantDeletion>[0] & {
    suspended: Awaited<ReturnType<typeof followSuspendedTenants>>
    lifecycle: Lifecycle
    isDeleting: boolean
  }

/** What the operator does with tenants, and where it is wanted their deletion. */
export const startTenants = async ({ suspended, lifecycle, isDeleting, ...parts }: Parts) => {
  const tenants = createTenantService({ ...parts, refreshSuspended: suspended.refresh })
  if (isDeleting) lifecycle.onStop('deletion of tenants', (await startTenantDeletion(parts)).close)
  return { router: () => tenantRoutes({ ...parts, tenants }) }
}
