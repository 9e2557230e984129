import type { Tenant } from '@cadre/contract'
import type { Client } from '@cadre/contract/client'
import { CommandError } from './failures.ts'
import { collectPages } from './pages.ts'

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const TENANTS_MAX = 100_000

/** The tenant of this name or id. */
export const findTenant = async ({ tenants }: Client, reference: string): Promise<Tenant> => {
  if (UUID.test(reference)) return tenants.get(reference)
  const { items } = await collectPages(TENANTS_MAX, tenants.list)
  const found = items.find(({ name }) => name === reference)
  if (found !== undefined) return found
  throw new CommandError('tenant.not_found', 'There is no such tenant.')
}
