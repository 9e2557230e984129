import type { MarketplaceSort, ParsedMarketplaceQuery } from '@cadre/contract'
import { invalidField } from '#platform/errors.ts'
import { decodeCursor } from '#platform/web/cursor.ts'
import type { Search } from './search-service.ts'

const CURSOR_SHAPES = {
  relevance: 'number',
  quality: 'number',
  newest: 'time',
  most_used: 'number',
  price: 'text',
  name: 'text',
} as const satisfies Record<MarketplaceSort, string>

const DECIMAL = /^\d{1,18}(?:\.\d{1,6})?$/

/** What a query of the list asks for: its spellings, its order and its place made one. */
export const searchOf = (query: ParsedMarketplaceQuery): Search => {
  const q = query.q ?? ''
  const sort = query.sort_by ?? query.sortBy ?? (q.trim() === '' ? 'quality' : 'relevance')
  const order =
    query.sort_order ?? query.sortOrder ?? (sort === 'name' || sort === 'price' ? 'asc' : 'desc')
  if (sort === 'relevance' && order === 'asc')
    throw invalidField('sort_order', 'must be "desc" where items are sorted by relevance')
  if (query.page !== undefined && query.cursor !== undefined)
    throw invalidField('page', 'does not go together with a cursor')
  const after = decodeCursor(query.cursor, [CURSOR_SHAPES[sort], 'uuid'])
  if (sort === 'price' && after !== null && !DECIMAL.test(after[0]))
    throw invalidField('cursor', 'is not a cursor of this list')
  return {
    q,
    filter: {
      type: query.type ?? query.item_type ?? query.itemType ?? null,
      tags: query.tags ?? [],
      capability: query.capability ?? null,
      publisher: query.publisher ?? null,
      licence: query.licence ?? query.license ?? null,
      priceBand: query.price ?? null,
      priceMax: query.price_max ?? query.priceMax ?? null,
      isDeprecated: query.status === 'deprecated',
    },
    sort,
    isAscending: order === 'asc',
    limit: query.limit,
    offset: query.page === undefined ? 0 : (query.page - 1) * query.limit,
    after,
    withFacets: query.facets,
  }
}
