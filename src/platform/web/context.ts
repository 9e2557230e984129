import type { Identity } from '@cadre/contract'
import type { HttpBindings } from '@hono/node-server'
import type { TenantId } from '@cadre/contract'

/** Who asks, as parsed once at the edge. */
export type Principal = Omit<Identity, 'tenant_id' | 'principal_id'> & {
  id: string
  tenantId: TenantId
}

/** Where a request comes from, as far as the configured proxies are believed. */
export interface RequestClient {
  /** Of IPv6 the network: its first 64 bits. */
  address: string
  /** Encrypted on its way to us, or to the proxy in front. */
  isSecure: boolean
}

/** What every route finds in its context. */
export interface AppEnv {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    client: RequestClient
    principal: Principal
  }
}
