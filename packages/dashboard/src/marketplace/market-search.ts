import type { MarketplaceQuery, PriceBand } from '@cadre/contract'
import { addressText } from '../ui/address-text.ts'

export const MARKET_SORTS = [
  'relevance',
  'quality',
  'most_used',
  'newest',
  'price',
  'name',
] as const
export type MarketSort = (typeof MARKET_SORTS)[number]

const PRICE_BANDS: readonly PriceBand[] = ['free', 'below_0.01', 'below_0.10', 'below_1', 'from_1']

/** What the address says of the marketplace: what is looked for. */
export interface MarketSearch {
  q?: string
  type?: 'agent' | 'workflow'
  /** Separated by commas; all of them. */
  tags?: string
  capability?: string
  publisher?: string
  licence?: string
  price?: PriceBand
  status?: 'deprecated'
  sort?: MarketSort
}

/** Reads any address; what it does not know is left out. */
export const readMarketSearch = (search: Record<string, unknown>): MarketSearch => {
  const { type, price, status, sort } = search
  const sorted = MARKET_SORTS.find((each) => each === sort)
  const band = PRICE_BANDS.find((each) => each === price)
  return {
    ...addressText(search, 'q'),
    ...(type === 'agent' || type === 'workflow' ? { type } : {}),
    ...addressText(search, 'tags'),
    ...addressText(search, 'capability'),
    ...addressText(search, 'publisher'),
    ...addressText(search, 'licence'),
    ...(band === undefined ? {} : { price: band }),
    ...(status === 'deprecated' ? { status } : {}),
    ...(sorted === undefined ? {} : { sort: sorted }),
  }
}

/** The same as a question to the API. By relevance is sorted only what was searched for words. */
export const marketQueryOf = ({ sort, ...search }: MarketSearch): MarketplaceQuery => ({
  ...search,
  ...(sort === undefined || (sort === 'relevance' && search.q === undefined)
    ? {}
    : { sort_by: sort }),
})

export const tagsOf = ({ tags }: MarketSearch): string[] =>
  tags === undefined ? [] : tags.split(',').filter(Boolean)

/** What narrows the list, without words and order. */
export type MarketFilter = Omit<MarketSearch, 'q' | 'sort'>
export const filterOf = ({ q: _q, sort: _sort, ...filter }: MarketSearch): MarketFilter => filter

export const ITEM_TABS = [
  'readme',
  'try',
  'schemas',
  'versions',
  'changelog',
  'usage',
  'reviews',
] as const
export type ItemTab = (typeof ITEM_TABS)[number]

/** What of an item is shown. Without a version: the listed one. */
export interface ItemSearch {
  version?: string
  tab?: ItemTab
  /** The version to compare with. */
  from?: string
}

export const readItemSearch = (search: Record<string, unknown>): ItemSearch => {
  const tab = ITEM_TABS.find((each) => each === search['tab'])
  return {
    ...addressText(search, 'version'),
    ...(tab === undefined ? {} : { tab }),
    ...addressText(search, 'from'),
  }
}

export const PUBLICATION_STATES = ['approved', 'checking', 'held', 'rejected'] as const
export type PublicationState = (typeof PUBLICATION_STATES)[number]

export const readPublicationSearch = (
  search: Record<string, unknown>,
): { state?: PublicationState } => {
  const state = PUBLICATION_STATES.find((each) => each === search['state'])
  return state === undefined ? {} : { state }
}

/** What is to be published: a version that the tenant has. */
export interface PublishSearch {
  type?: 'agent' | 'workflow'
  name?: string
  version?: string
}

export const readPublishSearch = (search: Record<string, unknown>): PublishSearch => {
  const { type } = search
  return {
    ...(type === 'agent' || type === 'workflow' ? { type } : {}),
    ...addressText(search, 'name'),
    ...addressText(search, 'version'),
  }
}
