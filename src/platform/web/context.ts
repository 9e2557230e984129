import type { Identity } from '@cadre/contract'
import type { HttpBindings } from '@hono/node-server'
import type { TenantId } from '@cadre/contract'

/** Who asks, as parsed once at the edge. */
export interface Principal {
  id: string
  tenantId: TenantId
  kind: Identity['kind']
  name: string
  /** A built-in role, or one of the tenant's own. */
  role: string
  /**
   * Patterns of the actions, such as `task.*`, that the key or token shown is good for: they narrow
   * what the role permits and never widen it. Null narrows nothing.
   */
  scopes: readonly string[] | null
  /** What decides about the principal; only features/access reads it, and without it nothing is permitted. */
  authority?: object
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
    /** Who was identified on a route that needs nobody; null for nobody. */
    seenBy: Principal | null
  }
}
