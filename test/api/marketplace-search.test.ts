import type { MarketplacePage } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogueItem, listCatalogue } from '../support/marketplace-catalogue.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

const ITEMS = Array.from({ length: 300 }, (_, place) => catalogueItem(place))
let cadre: RunningCadre

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: [{ tenant: 'default', role: 'viewer', key: 'a-viewer' }],
      prepare: (db) => listCatalogue(db, ITEMS),
    },
  )
})
afterAll(async () => {
  await cadre.stop()
})

const get = async (query: string) => {
  const response = await cadre.request(`/api/v1/marketplace?${query}`)
  const body = (await response.json()) as MarketplacePage & {
    error?: { details: { field: string }[] }
  }
  return { status: response.status, field: body.error?.details[0]?.field, ...body }
}
const namesOf = ({ items }: MarketplacePage) => items.map(({ name }) => name)

test('list: nothing asked → the best first, with how many there are', async () => {
  const { items, total, page, limit } = await get('')
  expect({ total, page, limit, shown: items.length }).toEqual({
    total: ITEMS.length,
    page: 1,
    limit: 20,
    shown: 20,
  })
  expect(items.map(({ quality }) => quality)).toEqual(
    items.map(({ quality }) => quality).toSorted((a, b) => b - a),
  )
})

test('list: type, tags of which all must be there, capability, publisher, licence, price → only those', async () => {
  const both = await get('tags=media,%20Summary&limit=100')
  const expected = ITEMS.filter(({ tags }) => tags.includes('media') && tags.includes('summary'))
  expect(namesOf(both).toSorted()).toEqual(expected.map(({ name }) => name).toSorted())
  expect(expected.length).toBeGreaterThan(1)
  const filters: Record<string, (item: (typeof ITEMS)[number]) => boolean> = {
    'type=workflow': ({ itemType }) => itemType === 'workflow',
    'itemType=agent': ({ itemType }) => itemType === 'agent',
    'capability=invoice.summary': ({ capabilities }) => capabilities.includes('invoice.summary'),
    'publisher=acme': ({ publisher }) => publisher === 'acme',
    'license=MIT': ({ licence }) => licence === 'MIT',
    'price=free': ({ price }) => Number(price) === 0,
    'price=below_0.10': ({ price }) => Number(price) >= 0.01 && Number(price) < 0.1,
    'price_max=0.05': ({ price }) => Number(price) <= 0.05,
  }
  for (const [query, isMeant] of Object.entries(filters))
    expect([query, (await get(query)).total]).toEqual([query, ITEMS.filter(isMeant).length])
})

test('list: page, limit, sortBy, sortOrder → that part of that order', async () => {
  const second = await get('sortBy=name&sortOrder=asc&page=2&limit=7')
  const names = ITEMS.map(({ name }) => name).toSorted()
  expect(namesOf(second)).toEqual(names.slice(7, 14))
  expect(second).toMatchObject({ page: 2, limit: 7, total: ITEMS.length })
  const dear = await get('sort_by=price&sort_order=desc&limit=1')
  expect(dear.items[0]?.price).toBe('2.000000')
})

test.each(['quality', 'newest', 'createdAt', 'most_used', 'price', 'name', 'relevance&q=summary'])(
  'list: by %s, walked by its cursor → every item once',
  async (sort) => {
    const names: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = await get(`sort_by=${sort}&limit=70${query}`)
      expect(page.status).toBe(200)
      names.push(...namesOf(page))
      cursor = page.next_cursor
    }
    expect(names.length).toBe(new Set(names).size)
    expect(names.length).toBe(sort.includes('q=') ? (await get('q=summary')).total : ITEMS.length)
  },
)

test('list: facets → counts of what was found', async () => {
  const { facets } = await get('q=invoice&facets=true')
  const invoices = ITEMS.filter(({ name }) => name.startsWith('invoice-'))
  expect(facets?.counted).toBe(invoices.length)
  expect(facets?.type.reduce((sum, { count }) => sum + count, 0)).toBe(invoices.length)
  expect(facets?.tag).toContainEqual({ value: 'finance', count: invoices.length })
  expect(facets?.capability).toContainEqual({ value: 'invoice.summary', count: 1 })
  expect((await get('q=invoice')).facets).toBeUndefined()
})

test('list: misspelt → what was meant, and it says so', async () => {
  const found = await get('q=invioce%20sumary')
  expect(found.corrected).toBe('invoice summary')
  expect(namesOf(found)[0]).toBe('invoice-summary')
})

test.each([
  ['sortBy=fame', 'sortBy'],
  ['sort_by=relevance&q=a&sort_order=asc', 'sort_order'],
  ['type=model', 'type'],
  ['page=0', 'page'],
  ['page=2&cursor=W10', 'page'],
  ['limit=1000', 'limit'],
  ['cursor=garbage', 'cursor'],
  ['sort_by=price&cursor=WyJ4IiwiMDE5MDAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0', 'cursor'],
  ['price=cheap', 'price'],
  ['status=unknown', 'status'],
  ['tags=' + 'x,'.repeat(20) + Array.from({ length: 17 }, (_, n) => `t${n}`).join(), 'tags'],
  [`q=${'x'.repeat(201)}`, 'q'],
  ['order=desc', 'order'],
])('list: bad %s → 422 naming %s', async (query, field) => {
  expect(await get(query)).toMatchObject({ status: 422, field })
})
