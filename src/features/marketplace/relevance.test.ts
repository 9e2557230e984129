import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import {
  catalogueItem,
  listCatalogue,
  type CatalogueItem,
} from '../../../test/support/marketplace-catalogue.ts'
import type { Db } from '#platform/db/db.ts'
import { searchMarketplace, type Search } from './search-service.ts'

// What people type, and what they would expect first. The catalogue: 540 made-up items (36 things,
// 15 actions each) with texts, tags and qualities that have nothing to do with the queries, and the
// demonstration agents. Each line is a query and the names that are right in the first place: one
// where the query means one item, more where it fits several alike, `*` for the rest of a name.
// The share that has to be right is that of the issue: nine of ten; of exact names, all.

const GENERATED = 540
const RIGHT_MIN = 0.9

const QUERIES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'exact names': [
    ['word-count', 'word-count'],
    ['word count', 'word-count'],
    ['csv-summary', 'csv-summary'],
    ['invoice-extractor', 'invoice-extractor'],
    ['Invoice Extractor', 'invoice-extractor'],
    ['jsonquery', 'json-query'],
    ['textdiff', 'text-diff'],
    ['unit-convert', 'unit-convert'],
    ['firewall-validator', 'firewall-validator'],
    ['dedupe', 'dedupe'],
    ['sentiment', 'sentiment'],
    ['SONG-CHART', 'song-chart'],
  ],
  'beginnings, as they are typed': [
    ['wor', 'word-count'],
    ['word c', 'word-count'],
    ['json-q', 'json-query'],
    ['senti', 'sentiment'],
    ['checks', 'checksum'],
    ['readab', 'readability'],
    ['invoice ext', 'invoice-extractor'],
    ['pat', 'patent-*|patient-*'],
    ['patient sum', 'patient-summary'],
    ['genome cl', 'genome-classifier'],
    ['newsl', 'newsletter-*'],
    ['certificate wat', 'certificate-watcher'],
    ['k', 'keyword-extract'],
    ['secret-s', 'secret-scanner'],
  ],
  'slips of the finger': [
    ['wrod count', 'word-count'],
    ['wordcuont', 'word-count'],
    ['josn query', 'json-query'],
    ['sentimnt', 'sentiment'],
    ['sentimant', 'sentiment'],
    ['cheksum', 'checksum'],
    ['readibility', 'readability'],
    ['invioce extractor', 'invoice-extractor'],
    ['invoice extracter', 'invoice-extractor'],
    ['genmoe summary', 'genome-summary'],
    ['wether forecast', 'weather-forecast'],
    ['weather forcast', 'weather-forecast'],
    ['calender router', 'calendar-router'],
    ['perscription validator', 'prescription-validator'],
    ['firewal validater', 'firewall-validator'],
    ['cetrificate watcher', 'certificate-watcher'],
    ['shipmnet chart', 'shipment-chart'],
    ['secrt scanner', 'secret-scanner'],
    ['markdwon', 'markdown-outline'],
    ['inventroy forecast', 'inventory-forecast'],
  ],
  'other words for the same': [
    ['invoice digest', 'invoice-summary'],
    ['bill extractor', 'invoice-extractor'],
    ['weather prediction', 'weather-forecast'],
    ['photo classifier', 'image-classifier'],
    ['vehicle graph', 'vehicle-chart'],
    ['hash', 'checksum'],
    ['opinion mood', 'sentiment'],
    ['log duplicates', 'log-dedupe'],
    ['redact patient', 'patient-anonymiser'],
    ['video localisation', 'video-translator'],
  ],
  'what it does, in words': [
    ['summarize contracts', 'contract-summary'],
    ['translating newsletters', 'newsletter-translator'],
    ['converting units', 'unit-convert'],
    ['find passwords and keys', 'secret-scanner'],
    ['how many words are in a text', 'word-count'],
    ['checks the rules for orders', 'order-validator'],
    ['sha256', 'checksum'],
    ['jsonpath', 'json-query'],
    ['count words', 'word-count'],
    ['compare two texts', 'text-diff'],
    ['most frequent words', 'word-count'],
    ['parse a date', 'date-parse'],
    ['duplicate lines', 'dedupe'],
    ['headings of a document', 'markdown-outline'],
    ['celsius to fahrenheit', 'unit-convert'],
    ['fill in a template', 'template-fill'],
  ],
}

const demonstrationAgents = (): CatalogueItem[] => {
  const folder = join(import.meta.dirname, '..', '..', '..', 'agents')
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory() || entry.name === 'runtime') return []
    const text = readFileSync(join(folder, entry.name, 'agent.json'), 'utf8')
    const { name, description, capabilities } = JSON.parse(text) as CatalogueItem
    const base = { ...catalogueItem(0), readme: '', tags: [], quality: 4_000 }
    return [{ ...base, name, description, capabilities, itemType: 'agent' as const }]
  })
}

const SEARCH: Omit<Search, 'q'> = {
  filter: {
    type: null,
    tags: [],
    capability: null,
    publisher: null,
    licence: null,
    priceBand: null,
    priceMax: null,
    isDeprecated: false,
  },
  sort: 'relevance',
  isAscending: false,
  limit: 3,
  offset: 0,
  after: null,
  withFacets: false,
}

const fits = (name: string | undefined, expected: string): boolean =>
  expected
    .split('|')
    .some((one) => (one.endsWith('*') ? name?.startsWith(one.slice(0, -1)) : name === one))

describe.each(DIALECTS)('relevance on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    const generated = Array.from({ length: GENERATED }, (_, place) => catalogueItem(place))
    await listCatalogue(db, [...generated, ...demonstrationAgents()])
  })
  afterAll(() => database.drop())

  const wrongOf = async (queries: readonly (readonly [string, string])[]) => {
    const wrong: string[] = []
    for (const [q, expected] of queries) {
      const { items } = await searchMarketplace(db, { ...SEARCH, q })
      if (!fits(items[0]?.name, expected))
        wrong.push(`"${q}" → ${items.map(({ name }) => name).join(', ')}; expected ${expected}`)
    }
    return wrong
  }

  test(`60 queries and more: at least ${RIGHT_MIN * 100} % begin with what was meant`, async () => {
    const queries = Object.values(QUERIES).flat()
    expect(queries.length).toBeGreaterThanOrEqual(60)
    const wrong = await wrongOf(queries)
    const isEnough = 1 - wrong.length / queries.length >= RIGHT_MIN
    expect({ isEnough, wrong: isEnough ? [] : wrong }).toEqual({ isEnough: true, wrong: [] })
    if (process.env['CADRE_TEST_VERBOSE']) console.log(dialect, wrong)
  })

  test('exact names → all of them', async () => {
    expect(await wrongOf(QUERIES['exact names'] ?? [])).toEqual([])
  })

  test('misspelt → says what was looked for instead; nothing alike → nothing', async () => {
    const slip = await searchMarketplace(db, { ...SEARCH, q: 'wether forecast' })
    expect(slip.corrected).toBe('weather forecast')
    const strange = await searchMarketplace(db, { ...SEARCH, q: 'qqqqqqqq' })
    expect(strange).toMatchObject({ items: [], total: 0, corrected: null })
  })

  test.each(["'; drop table x", "a:*&|!<->'", '!!! ((( ', '\\', '日本語', 'é'.repeat(100), '%_'])(
    'signs of another language (%s) → no fault',
    async (q) => {
      const { total } = await searchMarketplace(db, { ...SEARCH, q })
      expect(total).toBeGreaterThanOrEqual(0)
    },
  )
})
