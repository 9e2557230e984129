import { describe, expect, test } from 'vitest'
import { checkSchema, createValueCheck } from './json-schema.ts'

const ORDER = {
  type: 'object',
  required: ['id', 'lines'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^o-[0-9]+$' },
    lines: { type: 'array', minItems: 1, items: { type: 'object', required: ['sku'] } },
    at: { type: 'string', format: 'date-time' },
    kind: { enum: ['gift', 'sale'] },
  },
}

describe('what a run is started with', () => {
  test.each<[unknown, readonly object[]]>([
    [{ id: 'o-1', lines: [{ sku: 'x' }] }, []],
    [{ id: 'o-1', lines: [] }, [{ path: 'lines', message: expect.stringContaining('1 items') }]],
    [
      { id: 'x', lines: [{}], at: 'soon', kind: 'loan', colour: 'red' },
      [
        { path: '', message: 'must NOT have additional properties: colour' },
        { path: 'id', message: 'must match pattern "^o-[0-9]+$"' },
        { path: 'lines.0', message: "must have required property 'sku'" },
        { path: 'at', message: 'must match format "date-time"' },
        { path: 'kind', message: 'must be equal to one of the allowed values: gift, sale' },
      ],
    ],
    [null, [{ path: '', message: 'must be object' }]],
  ])('%j → %j', (trigger, expected) => {
    const found = createValueCheck(ORDER)(trigger)
    expect(found).toHaveLength(expected.length)
    expect(found).toEqual(expect.arrayContaining([...expected]))
  })

  test('no schema, or true → anything; false → nothing', () => {
    expect(createValueCheck(null)({ a: 1 })).toEqual([])
    expect(createValueCheck(true)(undefined)).toEqual([])
    expect(createValueCheck(false)({})).toHaveLength(1)
  })

  test('several patterns → each is its own', () => {
    const [letters, digits] = ['^[a-z]+$', '^[0-9]+$'].map((pattern) => ({ pattern }))
    const check = createValueCheck({ properties: { letters, digits } })
    expect(check({ letters: 'a', digits: '1' })).toEqual([])
    expect(check({ letters: '1', digits: 'a' }).map(({ path }) => path)).toEqual([
      'letters',
      'digits',
    ])
  })

  test('two authors with one $id → each has his own schema', () => {
    const $id = 'https://example.com/order'
    const text = createValueCheck({ $id, type: 'string' })
    const number = createValueCheck({ $id, type: 'number' })
    expect([text('a'), number(1)]).toEqual([[], []])
    expect([text(1).length, number('a').length]).toEqual([1, 1])
  })

  test('a pattern on which others take years → an answer at once', () => {
    const pattern = '^(a+)+$'
    expect(checkSchema({ type: 'string', pattern })).toEqual([])
    expect(createValueCheck({ type: 'string', pattern })(`${'a'.repeat(10_000)}!`)).toHaveLength(1)
  })

  test('10,000 faults → ten are told', () => {
    const trigger = { id: 'o-1', lines: Array.from({ length: 10_000 }, () => ({})) }
    expect(createValueCheck(ORDER)(trigger)).toHaveLength(10)
  })
})

describe('schemas', () => {
  test('one that refers to a file or address → refused, and nothing is fetched', () => {
    expect(checkSchema({ $ref: 'https://example.com/schema.json' })).toEqual([
      {
        message: 'the reference leads nowhere: https://example.com/schema.json',
        path: ['$ref'],
      },
    ])
  })

  test('one that refers to itself → taken', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#' } } }
    expect(checkSchema(tree)).toEqual([])
    expect(createValueCheck(tree)({ child: { child: {} } })).toEqual([])
  })

  test('one that never comes to an end → refused', () => {
    const endless = [{ message: 'the schema refers to itself without end', path: [] }]
    expect(checkSchema({ $ref: '#' })).toEqual(endless)
    const turns = { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }
    expect(checkSchema({ $defs: turns, anyOf: [{ $ref: '#/$defs/a' }] })).toEqual(endless)
  })

  test('names of JavaScript as properties → taken as names', () => {
    const schema = { type: 'object', properties: { constructor: { type: 'string' } } }
    expect(checkSchema(schema)).toEqual([])
    expect(createValueCheck(schema)({ constructor: 1 })).toHaveLength(1)
    expect(createValueCheck(schema)({})).toEqual([])
  })
})
