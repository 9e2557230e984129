import type { MarketplaceFacets, MarketplaceSort } from '@cadre/contract'
import type { Db } from '#platform/db/db.ts'
import { queryWordsOf, textQueryOf, type TextQuery } from './search-query.ts'
import {
  browseListings,
  countFacets,
  searchListings,
  type FoundItems,
  type SearchFilter,
  type SearchPlace,
  type TextMode,
} from './search-store.ts'
import { corrected } from './spelling.ts'

export interface Search extends SearchPlace {
  q: string
  filter: SearchFilter
  sort: MarketplaceSort
  isAscending: boolean
  withFacets: boolean
}

export interface SearchAnswer extends FoundItems {
  /** What was looked for instead. */
  corrected: string | null
  facets: MarketplaceFacets | null
}

interface Reading {
  text: TextQuery | null
  mode: TextMode
  corrected: string | null
}

/**
 * Looks for what was typed; where nothing has all of it, for what was probably meant, and then for
 * any of its words.
 */
export const searchMarketplace = async (db: Db, search: Search): Promise<SearchAnswer> => {
  const { found, reading } = await read(db, search)
  const facets = search.withFacets ? await countFacets(db, { ...search, ...reading }) : null
  return { ...found, corrected: reading.corrected, facets }
}

const read = async (db: Db, search: Search): Promise<{ found: FoundItems; reading: Reading }> => {
  const words = queryWordsOf(search.q)
  const attempt = async (reading: Reading) => ({ found: await find(db, search, reading), reading })
  if (words === null) {
    // Signs only mean nothing, and nothing begins with them.
    const text = search.q.trim() === '' ? null : textQueryOf([NOTHING])
    return attempt({ text, mode: 'all', corrected: null })
  }
  const asTyped: Reading = { text: textQueryOf(words), mode: 'all', corrected: null }
  const typed = await attempt(asTyped)
  if (typed.found.total > 0) return typed
  const meant = await corrected(db, words)
  if (meant !== null) {
    const better: Reading = { text: textQueryOf(meant), mode: 'all', corrected: meant.join(' ') }
    const all = await attempt(better)
    return all.found.total > 0 ? all : attempt({ ...better, mode: 'any' })
  }
  return words.length === 1 ? typed : attempt({ ...asTyped, mode: 'any' })
}

/** Made of a letter that no word is made of. */
const NOTHING = '~~~'

const find = (db: Db, search: Search, { text, mode }: Reading): Promise<FoundItems> =>
  text !== null && search.sort === 'relevance'
    ? searchListings(db, { ...search, text, mode })
    : browseListings(db, {
        ...search,
        text,
        mode,
        sort: search.sort === 'relevance' ? 'quality' : search.sort,
      })
