import type { Calls } from './client-calls.ts'
import type { List } from './lists.ts'
import type {
  ApproveVersion,
  ChangeVersion,
  ItemRating,
  MarketplaceItemDetail,
  MarketplacePage,
  MarketplaceQuery,
  MarketplaceVersion,
  MarketplaceVersionsQuery,
  MarketplaceVersionSummary,
  PublicationsQuery,
  PublishItem,
  RateItem,
  RejectVersion,
  VersionDiff,
} from './marketplace.ts'
import type { ReputationQuery, ReputationSeries } from './reputation.ts'
import type { SignedEnvelope } from './signed-envelope.ts'

/** The calls to the marketplace. */
export const marketplaceCalls = ({ call, get, post }: Calls) => ({
  marketplace: {
    publish: (item: PublishItem) => post<MarketplaceVersion>('/marketplace', item),
    search: (query: MarketplaceQuery = {}) => get<MarketplacePage>('/marketplace', query),
    get: (name: string) => get<MarketplaceItemDetail>(itemPath(name)),
    /** Day by day, as tenants other than the publisher's saw it. */
    reputation: (name: string, query: ReputationQuery = {}) =>
      get<ReputationSeries>(`${itemPath(name)}/reputation`, query),
    versions: (name: string, query: MarketplaceVersionsQuery = {}) =>
      get<List<MarketplaceVersionSummary>>(`${itemPath(name)}/versions`, query),
    version: (name: string, version: string) => get<MarketplaceVersion>(versionPath(name, version)),
    release: (name: string, version: string) =>
      get<SignedEnvelope>(`${versionPath(name, version)}/release`),
    diff: (name: string, { from, to }: { from: string; to: string }) =>
      get<VersionDiff>(`${versionPath(name, to)}/diff`, { from }),
    change: (name: string, version: string, change: ChangeVersion) =>
      call<MarketplaceVersion>('PATCH', versionPath(name, version), change),
    remove: (name: string, version: string) => call<void>('DELETE', versionPath(name, version)),
    checkAgain: (name: string, version: string) =>
      post<MarketplaceVersion>(`${versionPath(name, version)}/check`),
    /** One's own, in one of the states. */
    publications: (query: PublicationsQuery = {}) =>
      get<List<MarketplaceVersionSummary>>('/marketplace/publications', query),
    reviews: (query: MarketplaceVersionsQuery = {}) =>
      get<List<MarketplaceVersionSummary>>('/marketplace/reviews', query),
    approve: (id: string, decision: ApproveVersion = {}) =>
      post<MarketplaceVersion>(`/marketplace/reviews/${encodeURIComponent(id)}/approve`, decision),
    reject: (id: string, decision: RejectVersion) =>
      post<MarketplaceVersion>(`/marketplace/reviews/${encodeURIComponent(id)}/reject`, decision),
    ratings: (name: string, query: MarketplaceVersionsQuery = {}) =>
      get<List<ItemRating>>(`${itemPath(name)}/ratings`, query),
    rate: (name: string, rating: RateItem) =>
      call<ItemRating>('PUT', `${itemPath(name)}/rating`, rating),
  },
})

const itemPath = (name: string): string => `/marketplace/${encodeURIComponent(name)}`
const versionPath = (name: string, version: string): string =>
  `${itemPath(name)}/versions/${encodeURIComponent(version)}`
