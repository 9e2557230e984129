import { describe, expect, test } from 'vitest'
import { ExpressionError } from '../expression/expression-error.ts'
import { createTypeChecker } from './expression-types.ts'

const text = { type: 'string' }
const TRIGGER = {
  type: 'object',
  properties: {
    name: text,
    count: { type: 'integer' },
    price: { type: 'number' },
    isGift: { type: 'boolean' },
    tags: { type: 'array', items: text },
    lines: {
      type: 'array',
      items: { type: 'object', properties: { sku: text, n: { type: 'integer' } } },
    },
    more: { type: 'object', additionalProperties: text },
    any: {},
    open: { type: 'object', properties: { a: text }, additionalProperties: true },
    either: { type: ['string', 'null'] },
    choice: { oneOf: [text, { type: 'integer' }] },
  },
}
const checker = createTypeChecker(TRIGGER)
const surroundings = { item: 'dyn', hasResult: true, hasError: true }
const typeOf = (expression: string) => checker.check(expression, surroundings)
const reason = (expression: string): string => {
  try {
    return `none: ${typeOf(expression)}`
  } catch (error) {
    if (error instanceof ExpressionError) return error.reason
    throw error
  }
}

describe('types of the trigger', () => {
  test.each([
    ['trigger.name', 'string'],
    ['trigger.count + 1', 'int'],
    ['trigger.count + trigger.price', 'double'],
    ['trigger.count > 2.5', 'bool'],
    ['trigger.price == 2', 'bool'],
    ['trigger.count in [1, 2.5]', 'bool'],
    ['trigger.tags + ["c"]', 'list<string>'],
    ['trigger.lines.map(line, line.sku)', 'list<string>'],
    ['trigger.more.anything', 'string'],
    ['trigger.any.thing.at.all', 'dyn'],
    ['trigger.open.other', 'dyn'],
    ['trigger.either', 'dyn'],
    ['trigger.choice + 1', 'dyn'],
    ['steps.a.result.x > 1', 'bool'],
    ['timestamp(run.started_at)', 'google.protobuf.Timestamp'],
  ])('%s is %s', (expression, expected) => {
    expect(typeOf(expression)).toBe(expected)
  })

  test.each([
    '"name" in trigger',
    'trigger.map(key, key).size()',
    'trigger.name == null',
    'null != trigger.lines',
    'trigger.lines[0] == {"sku": "x"}',
    'trigger.lines[?0].orValue({})',
    'trigger.?count.orValue("none")',
    'trigger.lines[?0].?sku.orValue("none")',
    'trigger.lines.map(line, line.n).sum() > 1',
    'trigger.lines.map(line, line.n * 1.5).max()',
    'trigger.lines.map(line, line.n > 1 ? line.n : 0.5)',
    'trigger.isGift ? 1 : "a"',
    'trigger.lines.filter(line, line.n > 0).size() == size(trigger.lines)',
    '{"a": 1, "b": "x", "c": [1, "a", null]}',
    'int(trigger.count / 2)',
    'steps.a.error == null',
    'error == null ? "none" : error',
    'result.amount * 2 > trigger.count',
    'trigger.tags[index]',
    'cel.bind(all, trigger.lines, all.size())',
    'duration("1h") < duration("2h")',
  ])('%s → nothing to say, since it works on JSON', (expression) => {
    expect(reason(expression)).toMatch(/^none: /)
  })

  test.each([
    ['trigger.nmae', 'there is no field `nmae`; did you mean `name`?'],
    ['trigger.lines[0].amount', 'there is no field `amount`; there are sku, n'],
    ['trigger.lines.map(line, line.skuu)', 'there is no field `skuu`; did you mean `sku`?'],
    ['trigger.lines.sku', 'a list has places, no fields: go through it with map()'],
    [
      'trigger.name + trigger.count',
      'string + int is not possible; make the number a text with string()',
    ],
    ['trigger.name > 1', 'string > int is not possible'],
    ['trigger.count == "1"', 'int == string is not possible'],
    ['trigger.name && true', '`&&` and `||` take true or false, not string'],
    ['trigger.name ? 1 : 2', 'the condition before `?` is true or false, not string'],
    [
      'trigger.tags.exists(t, t + "a")',
      'the condition for each element is true or false, not string',
    ],
    ['trigger.name.map(x, x)', 'string has no elements to go through'],
    ['run.ide', 'there is no field `ide`; did you mean `id`?'],
    ['steps.a.outcome', 'there is no field `outcome`; there are status, result, error'],
    ['trigger.count.startsWith("1")', 'there is no int.startsWith(string)'],
  ])('%s → %s', (expression, expected) => {
    expect(reason(expression)).toBe(expected)
  })

  test('no schema, or one that says nothing → no complaint about fields', () => {
    for (const schema of [null, true, {}, { type: 'object' }, { $ref: '#/$defs/x' }])
      expect(createTypeChecker(schema).check('trigger.a.b[0].c > 1', surroundings)).toBe('bool')
  })
})
