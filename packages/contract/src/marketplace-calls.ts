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
  PublishItem,
  RateItem,
  RejectVersion,
  VersionDiff,
} from './marketplace.ts'

type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** How the client calls. */
export type Ask = <Answer>(
  method: string,
  path: string,
  about?: { query?: Query; body?: unknown },
) => Promise<Answer>

/** The client's calls to the marketplace. */
export const marketplaceCalls = (ask: Ask) => ({
  publish: (item: PublishItem) => ask<MarketplaceVersion>('POST', '/marketplace', { body: item }),
  search: (query: MarketplaceQuery = {}) =>
    ask<MarketplacePage>('GET', '/marketplace', { query: query as Query }),
  get: (name: string) => ask<MarketplaceItemDetail>('GET', itemPath(name)),
  versions: (name: string, query: MarketplaceVersionsQuery = {}) =>
    ask<List<MarketplaceVersionSummary>>('GET', `${itemPath(name)}/versions`, {
      query: query as Query,
    }),
  version: (name: string, version: string) =>
    ask<MarketplaceVersion>('GET', versionPath(name, version)),
  diff: (name: string, { from, to }: { from: string; to: string }) =>
    ask<VersionDiff>('GET', `${versionPath(name, to)}/diff`, { query: { from } }),
  change: (name: string, version: string, change: ChangeVersion) =>
    ask<MarketplaceVersion>('PATCH', versionPath(name, version), { body: change }),
  remove: (name: string, version: string) => ask<void>('DELETE', versionPath(name, version)),
  checkAgain: (name: string, version: string) =>
    ask<MarketplaceVersion>('POST', `${versionPath(name, version)}/check`, { body: {} }),
  reviews: (query: MarketplaceVersionsQuery = {}) =>
    ask<List<MarketplaceVersionSummary>>('GET', '/marketplace/reviews', { query: query as Query }),
  approve: (id: string, decision: ApproveVersion = {}) =>
    ask<MarketplaceVersion>('POST', `/marketplace/reviews/${encodeURIComponent(id)}/approve`, {
      body: decision,
    }),
  reject: (id: string, decision: RejectVersion) =>
    ask<MarketplaceVersion>('POST', `/marketplace/reviews/${encodeURIComponent(id)}/reject`, {
      body: decision,
    }),
  ratings: (name: string, query: MarketplaceVersionsQuery = {}) =>
    ask<List<ItemRating>>('GET', `${itemPath(name)}/ratings`, { query: query as Query }),
  rate: (name: string, rating: RateItem) =>
    ask<ItemRating>('PUT', `${itemPath(name)}/rating`, { body: rating }),
})

const itemPath = (name: string): string => `/marketplace/${encodeURIComponent(name)}`
const versionPath = (name: string, version: string): string =>
  `${itemPath(name)}/versions/${encodeURIComponent(version)}`
