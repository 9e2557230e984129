import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { catalogueItem, listCatalogue } from '../../../test/support/marketplace-catalogue.ts'
import { pagesRead, plansOf } from '../../../test/support/plans.ts'
import type { Db } from '#platform/db/db.ts'
import { textQueryOf } from './search-query.ts'
import { browseListings, countFacets, searchListings, type SearchFilter } from './search-store.ts'
import { alikeWords, unknownWords } from './word-store.ts'

// What is found by few words, tags or names must not cost more the more there is.

const ITEMS = 6_000
const ANY: SearchFilter = {
  type: null,
  tags: [],
  capability: null,
  publisher: null,
  licence: null,
  priceBand: null,
  priceMax: null,
  isDeprecated: false,
}
const PAGES_MAX = 3_000
const PLACE = { limit: 20, offset: 0, after: null, mode: 'all' } as const

describe.each(DIALECTS)(`%s, with ${ITEMS} items`, (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    const items = Array.from({ length: ITEMS }, (_, place) => catalogueItem(place))
    await listCatalogue(db, items)
  })
  afterAll(() => database.drop())

  const expectFew = (plans: string, pagesMax: number) => {
    expect(plans).not.toContain('Seq Scan on marketplace')
    expect(pagesRead(plans)).toBeLessThan(pagesMax)
  }

  test.each(['invoice-summary', 'genome validator', 'swift', 'sensor rou'])(
    'search: %s → by the indexes of words',
    async (q) => {
      const text = textQueryOf(q.split(/[ -]/))
      const plans = await plansOf(db, (tx) => searchListings(tx, { ...PLACE, text, filter: ANY }))
      expectFew(plans, PAGES_MAX)
    },
  )

  const BROWSED: Record<string, Partial<SearchFilter>> = {
    nothing: {},
    tags: { tags: ['media', 'summary'] },
    'a capability': { capability: 'invoice.summary' },
    'a type': { type: 'workflow' },
    'a publisher': { publisher: 'acme' },
    'a licence': { licence: 'MIT' },
    'a price': { priceBand: 'free' },
  }
  test.each(Object.entries(BROWSED))('browse: by %s → by an index', async (_name, filter) => {
    for (const sort of ['quality', 'newest', 'most_used', 'price', 'name'] as const) {
      const search = { ...PLACE, filter: { ...ANY, ...filter }, text: null, isAscending: false }
      const plans = await plansOf(db, (tx) => browseListings(tx, { ...search, sort }))
      expectFew(plans, PAGES_MAX)
    }
  })

  test('spelling, facets → by an index', async () => {
    expectFew(await plansOf(db, (tx) => unknownWords(tx, ['invioce', 'sum'])), 100)
    expectFew(await plansOf(db, (tx) => alikeWords(tx, 'invioce')), 600)
    const text = textQueryOf(['invoice', 'summary'])
    const plans = await plansOf(db, (tx) => countFacets(tx, { filter: ANY, text, mode: 'all' }))
    expectFew(plans, 1_500)
  })
})
