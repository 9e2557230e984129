import type { Identity } from '@cadre/contract'
import type { HttpBindings } from '@hono/node-server'
import type { TenantId } from '@cadre/contract'

/** Who asks, as parsed once at the edge. */
export type Principal = Omit<Identity, 'tenant_id' | 'principal_id'> & {
  id: string
  tenantId: TenantId
}

/** What every route finds in its context. */
export interface AppEnv {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    principal: Principal
  }
}
