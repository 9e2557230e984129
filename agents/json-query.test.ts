import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf, runAgent } from './agent-host.ts'

interface Answer {
  count: number
  matches: { path: string; value: unknown }[]
}

const store = {
  books: [
    { title: 'Sayings', price: 8.95, tags: ['old'] },
    { title: 'Sword', price: 12.99 },
    { title: 'Moby', price: 8.99, isbn: '0-553', tags: [] },
  ],
  'odd name': { "it's": true },
  owner: null,
}

const ask = (query: string, document: unknown = store): Promise<Answer> =>
  resultOf<Answer>('json-query', { query, document })
const valuesOf = async (query: string, document?: unknown) =>
  (await ask(query, document)).matches.map((match) => match.value)

test('json-query: a name → value and normalized path', async () => {
  expect(await ask("$['odd name']['it\\'s']")).toEqual({
    query: "$['odd name']['it\\'s']",
    count: 1,
    is_cut: false,
    matches: [{ path: "$['odd name']['it\\'s']", value: true }],
  })
})

test('json-query: every kind of selector → the values RFC 9535 names', async () => {
  expect(await valuesOf('$.books[*].title')).toEqual(['Sayings', 'Sword', 'Moby'])
  expect(await valuesOf('$.books[-1].isbn')).toEqual(['0-553'])
  expect(await valuesOf('$.books[0,2].price')).toEqual([8.95, 8.99])
  expect(await valuesOf('$..tags')).toEqual([['old'], []])
  expect(await valuesOf('$.owner')).toEqual([null])
  expect(await valuesOf('$.missing.deeper')).toEqual([])
  expect(await valuesOf('$.books.title')).toEqual([])
  expect(await valuesOf('$')).toEqual([store])
})

test('json-query: slices → what Python would answer', async () => {
  const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  expect(await valuesOf('$[1:3]', letters)).toEqual(['b', 'c'])
  expect(await valuesOf('$[5:]', letters)).toEqual(['f', 'g'])
  expect(await valuesOf('$[1:5:2]', letters)).toEqual(['b', 'd'])
  expect(await valuesOf('$[5:1:-2]', letters)).toEqual(['f', 'd'])
  expect(await valuesOf('$[::-1]', letters)).toEqual(letters.toReversed())
  expect(await valuesOf('$[::0]', letters)).toEqual([])
})

test('json-query: filters → only what passes', async () => {
  expect(await valuesOf('$.books[?@.price < 10].title')).toEqual(['Sayings', 'Moby'])
  expect(await valuesOf('$.books[?@.isbn].title')).toEqual(['Moby'])
  expect(await valuesOf("$.books[?!@.isbn && @.title != 'Sword'].title")).toEqual(['Sayings'])
  expect(await valuesOf("$.books[?(@.price > 12 || @.tags[0] == 'old')].title")).toEqual([
    'Sayings',
    'Sword',
  ])
  expect(await valuesOf('$[?@.a == @.b]', [{ a: 1, b: 1 }, { a: 1 }, {}])).toEqual([
    { a: 1, b: 1 },
    {},
  ])
  expect(await valuesOf('$[?@ >= $[0]]', [2, 1, 3, 'x', null])).toEqual([2, 3])
})

test('json-query: descendants → before and after in document order', async () => {
  const document = { a: [{ b: 1 }, { b: [{ b: 2 }] }] }
  expect((await ask('$..b', document)).matches.map((match) => match.path)).toEqual([
    "$['a'][0]['b']",
    "$['a'][1]['b']",
    "$['a'][1]['b'][0]['b']",
  ])
})

test('json-query: numbers beyond doubles → copied digit by digit', async () => {
  const input = '{"query":"$.n","document":{"n":12345678901234567890.10}}'
  const { stdout } = await runAgent('json-query', input)
  expect(stdout).toContain('"value": 12345678901234567890.10')
})

test('json-query: more values than are listed → counted all the same, within 1 MiB', async () => {
  const { matches, ...rest } = await ask(
    '$[*]',
    Array.from({ length: 3_000 }, (_, item) => item),
  )
  expect(rest).toMatchObject({ count: 3_000, is_cut: true })
  expect(matches.length).toBe(2_000)
  const long = await ask(
    '$[*]',
    Array.from({ length: 20 }, () => 'x'.repeat(100_000)),
  )
  expect(JSON.stringify(long).length).toBeLessThan(1_048_576)
})

test('json-query: queries that cannot be read → the column', async () => {
  const refuse = (query: string) => refusalOf('json-query', { query, document: {} })
  expect(await refuse('books')).toBe(
    'The query cannot be read: a query begins with $, at column 1.',
  )
  expect(await refuse('$.a[')).toContain('at column 5')
  expect(await refuse('$.a[01]')).toContain('expected an integer')
  expect(await refuse("$['a")).toContain('a string is not closed')
  expect(await refuse('$[?@.a = 1]')).toContain('at column 8')
  expect(await refuse('$[?@..a == 1]')).toContain('must name a single value')
  expect(await refuse(`$[?${'('.repeat(100)}`)).toContain('32 levels')
  expect(await refusalOf('json-query', '{"document":1}')).toContain('"query" must be a JSONPath')
  expect(await refusalOf('json-query', '[1,2')).toContain('line 1, column 5')
})

test('json-query: $..* on any document → every value inside, each at its path', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (document) => {
      const { matches } = await ask('$..*', document)
      expect(matches.length).toBe(countInside(document))
      for (const { path, value } of matches.slice(0, 5)) {
        expect(await valuesOf(path, document)).toEqual([value])
      }
    }),
  )
})

function countInside(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((count, child) => count + 1 + countInside(child), 0)
}
