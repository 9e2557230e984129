import { randomUUID } from 'node:crypto'
import { priceBandOf } from '../../src/features/marketplace/price-band.ts'
import { searchVectorsOf } from '../../src/features/marketplace/search-vector.ts'
import type { Db } from '../../src/platform/db/db.ts'

/** An item of a made-up catalogue. */
export interface CatalogueItem {
  name: string
  itemType: 'agent' | 'workflow'
  description: string
  readme: string
  tags: string[]
  capabilities: string[]
  publisher: string
  licence: string | null
  price: string
  /** 0 to 10,000. */
  quality: number
  uses: number
}

/** What things are done to: as names say it, as descriptions say it, and what it belongs to. */
const OBJECTS: readonly (readonly [string, string, string])[] = [
  ['invoice', 'invoices of suppliers', 'finance'],
  ['contract', 'contracts and their clauses', 'legal'],
  ['table', 'tables of any separator', 'data'],
  ['email', 'e-mails with their attachments', 'office'],
  ['log', 'log files of servers', 'operations'],
  ['image', 'images in common formats', 'media'],
  ['video', 'videos and their subtitles', 'media'],
  ['audio', 'recordings of people who speak', 'media'],
  ['pdf', 'PDF files, scanned ones too', 'office'],
  ['address', 'postal addresses of many countries', 'geography'],
  ['weather', 'weather reports of stations', 'geography'],
  ['recipe', 'cooking recipes and ingredients', 'household'],
  ['resume', 'curricula of applicants', 'hiring'],
  ['ticket', 'support tickets of customers', 'support'],
  ['product', 'products of an online shop', 'commerce'],
  ['order', 'orders and their positions', 'commerce'],
  ['payment', 'payments and refunds', 'finance'],
  ['calendar', 'calendars and appointments', 'office'],
  ['translation', 'texts in two languages', 'language'],
  ['review', 'reviews that customers wrote', 'commerce'],
  ['genome', 'sequences of genomes', 'science'],
  ['molecule', 'molecules and reactions', 'science'],
  ['patent', 'patents and prior art', 'legal'],
  ['sensor', 'readings of sensors', 'industry'],
  ['vehicle', 'vehicles and their repairs', 'industry'],
  ['shipment', 'shipments on their way', 'logistics'],
  ['inventory', 'stock of warehouses', 'logistics'],
  ['patient', 'records of patients', 'health'],
  ['prescription', 'prescriptions of doctors', 'health'],
  ['lecture', 'lectures of universities', 'education'],
  ['exam', 'exams and their marks', 'education'],
  ['song', 'songs and their lyrics', 'media'],
  ['newsletter', 'newsletters and their readers', 'marketing'],
  ['survey', 'answers of surveys', 'marketing'],
  ['firewall', 'rules of firewalls', 'security'],
  ['certificate', 'certificates of servers', 'security'],
]

/** What is done: as names say it, as descriptions say it, and the tag for it. */
const ACTIONS: readonly (readonly [string, string, string])[] = [
  ['summary', 'Summarises', 'summary'],
  ['extractor', 'Extracts the facts from', 'extraction'],
  ['converter', 'Converts between formats of', 'conversion'],
  ['validator', 'Checks the rules for', 'validation'],
  ['classifier', 'Sorts into categories', 'classification'],
  ['dedupe', 'Finds repeated entries among', 'deduplication'],
  ['translator', 'Translates', 'translation'],
  ['forecast', 'Foretells the numbers of', 'forecast'],
  ['router', 'Sends to the right place', 'routing'],
  ['watcher', 'Watches for changes of', 'monitoring'],
  ['anonymiser', 'Hides the names in', 'privacy'],
  ['scorer', 'Gives marks to', 'scoring'],
  ['merger', 'Puts together', 'merging'],
  ['chart', 'Draws a chart of', 'chart'],
  ['search', 'Finds what is asked for among', 'search'],
]

const PUBLISHERS = ['acme', 'north', 'harbour', 'lantern', 'meadow', 'orchard', 'quarry']
const LICENCES = ['Apache-2.0', 'MIT', 'GPL-3.0-only', 'BSD-3-Clause', null]
const PRICES = ['0.000000', '0.000000', '0.005000', '0.050000', '0.500000', '2.000000']
/** Further sorts of the same, for catalogues of any size. */
const SORTS =
  'swift plain robust tiny careful thorough quiet modern classic local bulk smart'.split(' ')

/** Repeats itself exactly: pseudo-random numbers from a place. */
const numberAt = (place: number, max: number): number => {
  let state = (place + 1) * 2_654_435_761
  state = Math.imul(state ^ (state >>> 15), 2_246_822_519)
  state = Math.imul(state ^ (state >>> 13), 3_266_489_917)
  return ((state ^ (state >>> 16)) >>> 0) % max
}
const pick = <Value>(values: readonly Value[], place: number): Value =>
  values[numberAt(place, values.length)] as Value

/** The first {@link OBJECTS} × {@link ACTIONS} have plain names; then sorts of them follow. */
export const catalogueItem = (place: number): CatalogueItem => {
  const pairs = OBJECTS.length * ACTIONS.length
  const pair = place % pairs
  const round = Math.floor(place / pairs)
  const [noun = '', described = '', field = ''] = OBJECTS[pair % OBJECTS.length] ?? []
  const [verb = '', does = '', tag = ''] = ACTIONS[Math.floor(pair / OBJECTS.length)] ?? []
  const sort = round === 0 ? '' : `${SORTS[round % SORTS.length] ?? ''}-`
  const number = round < SORTS.length ? '' : `-${Math.floor(round / SORTS.length)}`
  return {
    name: `${sort}${noun}-${verb}${number}`,
    itemType: numberAt(place, 5) === 0 ? 'workflow' : 'agent',
    description: `${does} ${described}.`,
    readme: `# ${noun} ${verb}\n\nMade for ${field}. Give it text or JSON; it answers JSON. ${pick(SORTS, place)} and ${pick(SORTS, place + 7)}, with tests.`,
    tags: [field, tag, noun],
    capabilities: [`${noun}.${tag}`],
    publisher: pick(PUBLISHERS, place),
    licence: pick(LICENCES, place + 3),
    price: pick(PRICES, place + 5),
    quality: numberAt(place + 11, 9_000),
    uses: numberAt(place + 13, 100_000),
  }
}

const ROWS_PER_STATEMENT = 5_000

/** Lists items as if they had been published by one tenant and approved. */
export const listCatalogue = async (
  db: Db,
  items: readonly CatalogueItem[],
  startsAt = new Date('2026-01-01T00:00:00Z'),
): Promise<void> => {
  const tenantId = randomUUID()
  await db.query('insert into tenants (id, name, created_at) values ($1, $2, $3)', [
    tenantId,
    `catalogue ${tenantId}`,
    startsAt,
  ])
  const words = new Set<string>()
  for (let from = 0; from < items.length; from += ROWS_PER_STATEMENT) {
    const rows = items.slice(from, from + ROWS_PER_STATEMENT).map((item, place) => {
      const vectors = searchVectorsOf(item)
      for (const word of vectors.vocabulary) words.add(word)
      return {
        ...item,
        id: randomUUID(),
        listed_at: new Date(startsAt.getTime() + (from + place) * 60_000),
        price_band: priceBandOf(item.price),
        strong: vectors.strong,
        words: vectors.words,
      }
    })
    const rowsText = JSON.stringify(rows)
    await db.query(
      `insert into marketplace_items (id, tenant_id, name, skeleton, item_type, created_at)
       select r.id, $2, r.name, r.name, r."itemType", $3
       from json_to_recordset($1::json) as r (id uuid, name text, "itemType" text)`,
      [rowsText, tenantId, startsAt],
    )
    await db.query(
      `insert into marketplace_listings (item_id, tenant_id, version_id, name, item_type, version,
         publisher, licence, price, price_band, status, has_icon, listed_at, published_at, quality,
         uses, tags, capabilities, description, strong, words)
       select r.id, $2, gen_random_uuid(), r.name, r."itemType", '1.0.0', r.publisher, r.licence,
         r.price, r.price_band, 'active', false, r.listed_at, r.listed_at, r.quality, r.uses,
         r.tags, r.capabilities, r.description, r.strong::tsvector, r.words::tsvector
       from json_to_recordset($1::json) as r (id uuid, name text, "itemType" text, publisher text,
         licence text, price numeric, price_band text, listed_at timestamptz, quality int,
         uses bigint, tags text[], capabilities text[], description text, strong text,
         words text)`,
      [rowsText, tenantId],
    )
  }
  await db.query(
    'insert into marketplace_words (word) select unnest($1::text[]) on conflict do nothing',
    [[...words].toSorted()],
  )
  await db.query('vacuum analyze marketplace_listings')
}
