import type { MarketplaceVersion } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { sessionQuery } from '../sign-in/session.ts'
import { usePages } from '../ui/paged-list.ts'
import { marketQueryOf, type MarketSearch } from './market-search.ts'

const PAGE_ITEMS = 24
const CHECK_MS = 700

/** Everything of the marketplace; a change may show in any of it. */
export const MARKET_KEY = ['marketplace'] as const

/** Items that were looked for, with the facets of all that was found. */
export const useItems = (search: MarketSearch) =>
  usePages([...MARKET_KEY, 'items', search], (cursor) =>
    api.marketplace.search({
      ...marketQueryOf(search),
      limit: PAGE_ITEMS,
      ...(cursor === undefined ? { facets: 'true' } : { cursor }),
    }),
  )

/** The listed version of an item, with its reputation. */
export const useItem = (name: string) =>
  useQuery({
    queryKey: [...MARKET_KEY, 'item', name],
    queryFn: () => api.marketplace.get(name),
  })

/** One version, followed for as long as it is being checked. */
export const useVersion = (name: string, version: string | undefined) =>
  useQuery({
    queryKey: [...MARKET_KEY, 'version', name, version],
    queryFn: () => api.marketplace.version(name, version ?? ''),
    enabled: version !== undefined,
    refetchInterval: ({ state }) => isBeingChecked(state.data) && CHECK_MS,
  })

export const isBeingChecked = (version: Pick<MarketplaceVersion, 'state'> | undefined): boolean =>
  version?.state === 'checking'

export const useVersions = (name: string) =>
  usePages([...MARKET_KEY, 'versions', name], (cursor) =>
    api.marketplace.versions(name, { limit: 50, cursor }),
  )

/** What changed between two versions; null where the earlier one is not to be seen. */
export const useDiff = (name: string, { from, to }: { from: string | null; to: string }) =>
  useQuery({
    queryKey: [...MARKET_KEY, 'diff', name, from, to],
    queryFn: () =>
      api.marketplace.diff(name, { from: from ?? to, to }).catch((error: unknown) => {
        if (isNotFound(error)) return null
        throw error
      }),
    enabled: from !== null && from !== to,
  })

/** The tenant of who is signed in, where they may know more of it than its id. */
export const useOwnTenant = () => useOwnTenantQuery().data

const useOwnTenantQuery = () => {
  const may = useMay()
  const id = useQuery(sessionQuery).data?.tenant_id
  return useQuery({
    queryKey: ['tenants', 'own', id],
    queryFn: () => api.tenants.get(id ?? ''),
    enabled: id !== undefined && may('tenant.read'),
  })
}

/** Whether one's own tenant is this publisher; null while it is asked for. */
export const useIsOwn = (publisher: string): boolean | null => {
  const own = useOwnTenantQuery()
  return own.isLoading ? null : own.data?.name === publisher
}
