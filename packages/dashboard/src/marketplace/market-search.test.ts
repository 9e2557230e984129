import { expect, test } from 'vitest'
import { marketQueryOf, readMarketSearch, tagsOf } from './market-search.ts'
import { permissionWords, priceWords } from './market-words.ts'

test('address → what it knows, as a question to the API; the rest is left out', () => {
  const search = readMarketSearch({
    q: 404,
    type: 'model',
    tags: 'text,finance',
    price: 'free',
    sort: 'fame',
    status: 'held',
    nonsense: 'x',
  })
  expect(search).toEqual({ q: '404', tags: 'text,finance', price: 'free' })
  expect(tagsOf(search)).toEqual(['text', 'finance'])
  expect(marketQueryOf({ ...search, sort: 'newest' })).toMatchObject({ sort_by: 'newest' })
  expect(marketQueryOf({ sort: 'relevance' })).toEqual({})
})

test.each([
  ['input', 'Reads its input', null, false],
  ['outside', 'Runs outside: its publisher sees the inputs', null, true],
  ['agent:word-count', 'Gives work to the agent', 'word-count', false],
  ['import:env.exec', 'Asks its host for', 'env.exec', true],
  ['unheard-of', 'Asks for', 'unheard-of', true],
  ['constructor', 'Asks for', 'constructor', true],
])('permission %s → %s', (permission, words, object, isGrave) => {
  expect(permissionWords(permission)).toEqual({ words, object, isGrave })
})

test('price → free or dollars', () => {
  expect(['0.000000', '0.002500', '12.000000'].map(priceWords)).toEqual([
    'Free',
    '$0.0025',
    '$12.00',
  ])
})
