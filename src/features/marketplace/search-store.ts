import type {
  ItemType,
  MarketplaceFacets,
  MarketplaceSort,
  PriceBand,
  VersionStatus,
} from '@cadre/contract'
import type { Queryable, SqlValue } from '#platform/db/db.ts'
import { pricesOf } from './price-band.ts'
import type { TextQuery } from './search-query.ts'

export interface SearchFilter {
  type: ItemType | null
  /** All of them. */
  tags: readonly string[]
  capability: string | null
  publisher: string | null
  licence: string | null
  priceBand: PriceBand | null
  priceMax: string | null
  /** Those that their publisher advises against only. */
  isDeprecated: boolean
}

export interface ListedItem {
  itemId: string
  name: string
  itemType: ItemType
  version: string
  description: string
  publisher: string
  licence: string | null
  price: string
  tags: string[]
  capabilities: string[]
  status: VersionStatus
  hasIcon: boolean
  quality: number
  uses: number
  activeTenants: number
  successRate: number | null
  ratingSum: number
  ratingCount: number
  listedAt: Date
  publishedAt: Date
  /** What it is sorted by. */
  sortValue: string
}

interface ListedRow {
  item_id: string
  name: string
  item_type: ItemType
  version: string
  description: string
  publisher: string
  licence: string | null
  price: string
  tags: string[]
  capabilities: string[]
  status: VersionStatus
  has_icon: boolean
  quality: number
  uses: number
  active_tenants: number
  success_rate: number | null
  rating_sum: number
  rating_count: number
  listed_at: Date
  published_at: Date
  sort_value: string | number | Date
}

const COLUMNS = `l.item_id, l.name, l.item_type, l.version, l.description, l.publisher, l.licence,
  l.price, l.tags, l.capabilities, l.status, l.has_icon, l.quality, l.uses, l.active_tenants,
  l.success_rate, l.rating_sum, l.rating_count, l.listed_at, l.published_at`

const listedItemOf = (row: ListedRow): ListedItem => ({
  itemId: row.item_id,
  name: row.name,
  itemType: row.item_type,
  version: row.version,
  description: row.description,
  publisher: row.publisher,
  licence: row.licence,
  price: row.price,
  tags: row.tags,
  capabilities: row.capabilities,
  status: row.status,
  hasIcon: row.has_icon,
  quality: row.quality,
  uses: row.uses,
  activeTenants: row.active_tenants,
  successRate: row.success_rate,
  ratingSum: row.rating_sum,
  ratingCount: row.rating_count,
  listedAt: row.listed_at,
  publishedAt: row.published_at,
  sortValue: row.sort_value instanceof Date ? row.sort_value.toISOString() : String(row.sort_value),
})

export const SORT_COLUMNS = {
  quality: { column: 'quality', cast: 'integer' },
  newest: { column: 'listed_at', cast: 'timestamptz' },
  most_used: { column: 'uses', cast: 'bigint' },
  price: { column: 'price', cast: 'numeric' },
  name: { column: 'name', cast: 'text' },
} as const satisfies Record<Exclude<MarketplaceSort, 'relevance'>, object>

/** Parameters of a statement that is put together; each is named by its place. */
const collectParameters = () => {
  const values: SqlValue[] = []
  return { values, place: (value: SqlValue) => `$${values.push(value)}` }
}
type Place = ReturnType<typeof collectParameters>['place']

/** Only what is asked for, so that the indexes for it can be used. */
const conditionsOf = (filter: SearchFilter, place: Place): string[] => [
  ...(filter.type === null ? [] : [`l.item_type = ${place(filter.type)}`]),
  ...(filter.tags.length === 0 ? [] : [`l.tags @> ${place(filter.tags)}::text[]`]),
  ...(filter.capability === null
    ? []
    : [`l.capabilities @> array[${place(filter.capability)}::text]`]),
  ...(filter.publisher === null ? [] : [`l.publisher = ${place(filter.publisher)}`]),
  ...(filter.licence === null ? [] : [`l.licence = ${place(filter.licence)}`]),
  ...(filter.priceBand === null ? [] : pricesWithin(filter.priceBand, place)),
  ...(filter.priceMax === null ? [] : [`l.price <= ${place(filter.priceMax)}::numeric`]),
  ...(filter.isDeprecated ? [`l.status = 'deprecated'`] : []),
]

const pricesWithin = (band: PriceBand, place: Place): string[] => {
  const { min, max } = pricesOf(band)
  return [
    `l.price >= ${place(min)}::numeric`,
    ...(max === null ? [] : [`l.price < ${place(max)}::numeric`]),
  ]
}

const textCondition = (text: TextQuery, mode: TextMode, place: Place): string =>
  `l.${text.isNarrow ? 'strong' : 'words'} @@ ${place(text[mode])}::tsquery`

const whereOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'true' : conditions.join(' and ')

/** Whether all words have to be there, or any of them. */
export type TextMode = 'all' | 'any'

export interface SearchPlace {
  limit: number
  offset: number
  /** Sort value and id of the last item of the page before. */
  after: readonly [string, string] | null
}

export interface FoundItems {
  /** One more than `limit` where there are more. */
  items: ListedItem[]
  /** Counted as far as {@link COUNTED_MAX} where they are chosen by anything. */
  total: number
}

/** Matches that are looked at: a search costs so much at the most, however common its words are. */
export const COUNTED_MAX = 20_000

/**
 * Items in an order that does not depend on what is looked for. Where words, tags or capabilities
 * choose them, they are found by those first and sorted then; else read in the order of the index.
 */
export const browseListings = async (
  db: Queryable,
  search: SearchPlace & {
    filter: SearchFilter
    text: TextQuery | null
    mode: TextMode
    sort: keyof typeof SORT_COLUMNS
    isAscending: boolean
  },
): Promise<FoundItems> => {
  const { column, cast } = SORT_COLUMNS[search.sort]
  const direction = search.isAscending ? 'asc' : 'desc'
  const { values, place } = collectParameters()
  const conditions = conditionsOf(search.filter, place)
  if (search.text !== null) conditions.push(textCondition(search.text, search.mode, place))
  const chosen = whereOf(conditions)
  const isChosenFirst =
    search.text !== null || search.filter.tags.length > 0 || search.filter.capability !== null
  const counted = [...values]
  const source = isChosenFirst ? 'chosen' : 'marketplace_listings'
  const behind =
    search.after === null
      ? 'true'
      : `(s.${column}, s.item_id) ${search.isAscending ? '>' : '<'}
          (${place(search.after[0])}::text::${cast}, ${place(search.after[1])}::text::uuid)`
  const inOrder = `select s.item_id from ${source} as s
    where ${isChosenFirst ? 'true' : chosen.replaceAll('l.', 's.')} and ${behind}
    order by s.${column} ${direction}, s.item_id ${direction}
    limit ${place(search.limit + 1)} offset ${place(search.offset)}`
  const rows = await db.query<ListedRow & { total: number }>(
    `with chosen as materialized (
       select l.item_id, l.${column} from marketplace_listings as l
       where ${isChosenFirst ? chosen : 'false'}),
     page as materialized (${inOrder})
     select ${COLUMNS}, l.${column} as sort_value,
       least((select count(*) from chosen), ${COUNTED_MAX}) as total
     from marketplace_listings as l where l.item_id = any (array(select item_id from page))
     order by l.${column} ${direction}, l.item_id ${direction}`,
    values,
  )
  const [first] = rows
  const total =
    isChosenFirst && first !== undefined
      ? first.total
      : await countListings(db, { conditions, values: counted })
  return { items: rows.map(listedItemOf), total }
}

/** All of them, or those that are chosen as far as they are counted. */
const countListings = async (
  db: Queryable,
  { conditions, values }: { conditions: readonly string[]; values: readonly SqlValue[] },
): Promise<number> => {
  const limit = conditions.length === 0 ? '' : `limit ${COUNTED_MAX}`
  const [counted] = await db.query<{ total: number }>(
    `select count(*) as total from (
       select 1 from marketplace_listings as l where ${whereOf(conditions)} ${limit}) as found`,
    values,
  )
  return counted?.total ?? 0
}

/** Matches that are ranked, of those that match strongly and of all: the ones of best quality. */
const RANKED_MAX = 300
/** Names that begin as what is looked for. */
const NAMES_MAX = 50
/** Where a word stands in more items than are looked at, it stands in many of the best ones. */
const BEST_LOOKED_AT = 1_000
const SCORE_UNIT = 10_000

/**
 * The best matches first. The score adds up whether the name is or begins with what is looked for,
 * where its words stand (name, tags and capabilities, description, README), and a little quality.
 */
export const searchListings = async (
  db: Queryable,
  search: SearchPlace & { filter: SearchFilter; text: TextQuery; mode: TextMode },
): Promise<FoundItems> => {
  const { text, mode } = search
  const { values, place } = collectParameters()
  const conditions = conditionsOf(search.filter, place)
  const filtered = whereOf(conditions)
  const query = `${place(text[mode])}::tsquery`
  const name = `${place(text.name)}::text`
  const matched = text.isNarrow ? 'strong' : 'words'
  const behind =
    search.after === null
      ? 'true'
      : `(score, item_id) < (${place(search.after[0])}::text::integer, ${place(search.after[1])}::text::uuid)`
  const rows = await db.query<ListedRow & { total: number }>(
    `with chosen as materialized (
       select l.item_id, l.quality from marketplace_listings as l
       where l.${matched} @@ ${query} and ${filtered} limit ${COUNTED_MAX}),
     strong as materialized (
       select l.item_id, l.quality from marketplace_listings as l
       where ${text.isNarrow ? 'false' : `l.strong @@ ${query} and ${filtered}`}
       limit ${COUNTED_MAX}),
     common as materialized (
       select l.item_id from (
         select * from marketplace_listings order by quality desc, item_id desc
         limit ${BEST_LOOKED_AT}) as l
       where l.${matched} @@ ${query} and ${filtered}
         and (select count(*) from chosen) = ${COUNTED_MAX}
       limit ${RANKED_MAX}),
     best as (
       (select item_id from chosen order by quality desc, item_id limit ${RANKED_MAX})
       union
       (select item_id from strong order by quality desc, item_id limit ${RANKED_MAX})
       union
       (select item_id from common)
       union
       (select l.item_id from marketplace_listings as l
        where l.name >= ${name} and l.name < ${name} || '~' and ${filtered}
        order by l.name limit ${NAMES_MAX})),
     scored as materialized (
       select l.item_id, (${SCORE_UNIT} * (
           case when l.name = ${name} then 4 when starts_with(l.name, ${name}) then 1 else 0 end
           + 2 * ts_rank('{0.05, 0.2, 0.5, 1}', l.words, ${query})
           + case when l.strong @@ ${query} then 0.5 else 0 end
           + 0.3 * l.quality / 10000.0))::integer as score
       from marketplace_listings as l
       where l.item_id = any (array(select item_id from best))),
     page as materialized (
       select * from scored where ${behind} order by score desc, item_id desc
       limit ${place(search.limit + 1)} offset ${place(search.offset)})
     select ${COLUMNS}, p.score as sort_value,
       greatest((select count(*) from chosen), (select count(*) from scored)) as total
     from marketplace_listings as l join page as p on p.item_id = l.item_id
     where l.item_id = any (array(select item_id from page))
     order by p.score desc, l.item_id desc`,
    values,
  )
  const [first] = rows
  if (first !== undefined) return { items: rows.map(listedItemOf), total: first.total }
  const isFurtherOn = search.after !== null || search.offset > 0
  const total = isFurtherOn ? await countMatches(db, search) : 0
  return { items: [], total }
}

const countMatches = (
  db: Queryable,
  { filter, text, mode }: { filter: SearchFilter; text: TextQuery; mode: TextMode },
): Promise<number> => {
  const { values, place } = collectParameters()
  const conditions = [textCondition(text, mode, place), ...conditionsOf(filter, place)]
  return countListings(db, { conditions, values })
}

/** Items that facets are counted of: the best ones. */
const FACETED_MAX = 5_000
const FACET_VALUES_MAX = 20

export const countFacets = async (
  db: Queryable,
  search: { filter: SearchFilter; text: TextQuery | null; mode: TextMode },
): Promise<MarketplaceFacets> => {
  const { values, place } = collectParameters()
  const conditions = conditionsOf(search.filter, place)
  if (search.text !== null) conditions.push(textCondition(search.text, search.mode, place))
  const rows = await db.query<{ facet: string; value: string; count: number }>(
    `with chosen as materialized (
       select l.item_type, l.tags, l.capabilities, l.publisher, l.price_band, l.licence
       from marketplace_listings as l where ${whereOf(conditions)}
       order by l.quality desc, l.item_id desc limit ${FACETED_MAX}),
     counted as (
       select 'type' as facet, item_type as value, count(*) from chosen group by item_type
       union all
       select 'tag', t, count(*) from chosen, unnest(tags) as t group by t
       union all
       select 'capability', c, count(*) from chosen, unnest(capabilities) as c group by c
       union all
       select 'publisher', publisher, count(*) from chosen group by publisher
       union all
       select 'price', price_band, count(*) from chosen group by price_band
       union all
       select 'licence', licence, count(*) from chosen where licence is not null group by licence
       union all
       select 'counted', '', count(*) from chosen),
     placed as (
       select *, row_number() over (partition by facet order by count desc, value) as place
       from counted)
     select facet, value, count from placed where place <= ${FACET_VALUES_MAX}
     order by facet, count desc, value`,
    values,
  )
  const of = (facet: string) =>
    rows.filter((row) => row.facet === facet).map(({ value, count }) => ({ value, count }))
  return {
    type: of('type'),
    tag: of('tag'),
    capability: of('capability'),
    publisher: of('publisher'),
    price: of('price'),
    licence: of('licence'),
    counted: of('counted')[0]?.count ?? 0,
  }
}
