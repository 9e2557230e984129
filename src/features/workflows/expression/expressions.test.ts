import { describe, expect, test } from 'vitest'
import type { ExpressionContext } from '../compiled-workflow.ts'
import { ExpressionError } from './expression-error.ts'
import { compileTemplate } from './template.ts'

const RUN = { id: 'r1', workflow: 'order', version: '1.0.0', started_at: '2026-07-01T08:30:00Z' }
const context = (trigger: unknown, more: Partial<ExpressionContext> = {}): ExpressionContext => ({
  trigger,
  payload: {},
  run: RUN,
  steps: {},
  ...more,
})
const evaluate = (expression: string, trigger: unknown = {}, more = {}): unknown =>
  compileTemplate(`\${${expression}}`).evaluate(context(trigger, more))
const failure = (work: () => unknown): ExpressionError => {
  try {
    work()
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error('It did not fail')
}
const reason = (expression: string, trigger: unknown = {}, more = {}) =>
  failure(() => evaluate(expression, trigger, more)).reason

describe('numbers are JSON’s', () => {
  const trigger = { count: 3, price: 2.5, name: 'Ada', list: [1, 2.5], start: 1 }
  test.each([
    ['trigger.count + 1', 4],
    ['trigger.price * 2', 5],
    ['trigger.count / 2', 1.5],
    ['7 / 2', 3.5],
    ['int(7 / 2)', 3],
    ['trigger.count % 2 == 1', true],
    ['trigger.count == 3', true],
    ['trigger.count == 3.0', true],
    ['3 in [1, 2, 3.0]', true],
    ['trigger.count > 2.5 && 2 < trigger.price', true],
    ['size(trigger.list) + trigger.count', 5],
    ['trigger.list[trigger.start]', 2.5],
    ['trigger.count > 2 ? trigger.price : 0', 2.5],
    ['trigger.name.substring(trigger.start)', 'da'],
    ['-trigger.count', -3],
    ['"n" + string(trigger.count)', 'n3'],
    ['double("1.5") + int("2")', 3.5],
    ['[1, 2, 3].map(x, x * trigger.price)', [2.5, 5, 7.5]],
    ['trigger.list.sum()', 3.5],
    ['[3, 1, 2].min() + [3, 1, 2].max()', 4],
  ])('%s → %j', (expression, expected) => {
    expect(evaluate(expression, trigger)).toEqual(expected)
  })
})

describe('the language', () => {
  const trigger = {
    name: 'Ada',
    tags: ['a', 'b'],
    items: [
      { sku: 'x', n: 2, ok: true },
      { sku: 'y', n: 0, ok: false },
    ],
    note: null,
    when: '2026-07-01T23:30:00Z',
    'a-b': 1,
  }
  test.each([
    ['trigger.items.filter(i, i.ok).map(i, i.sku)', ['x']],
    ['trigger.items.map(i, i.n > 0, i.sku)', ['x']],
    ['trigger.items.all(i, i.n >= 0)', true],
    ['trigger.items.exists(i, i.n > 1)', true],
    ['trigger.items.exists_one(i, i.ok)', true],
    ['trigger.items.map(i, trigger.tags.map(t, i.sku + t)).flatten()', ['xa', 'xb', 'ya', 'yb']],
    ['trigger.items.map(i, i.sku).map(i, [i].map(j, j + i)[0])', ['xx', 'yy']],
    ['[1, 2].map(x, [10].map(x, x + 1)[0] + x)', [12, 13]],
    ['trigger["a-b"]', 1],
    ['has(trigger.nothing)', false],
    ['has(trigger.name) && trigger.name.startsWith("A")', true],
    ['trigger.?nothing.orValue("none")', 'none'],
    ['trigger.?nothing.more.orValue(1)', 1],
    ['trigger.?name.hasValue()', true],
    ['trigger.note == null', true],
    ['trigger.note == "x"', false],
    ['{"a": [1, {"b": 2}]} == {"a": [1, {"b": 2.0}]}', true],
    ['"b" in trigger.tags', true],
    ['"name" in trigger', true],
    ['trigger.map(key, key).size()', 6],
    ['trigger.tags.join(", ")', 'a, b'],
    ['"a,b,,c".split(",")', ['a', 'b', '', 'c']],
    ['"a,b,c".split(",", 2)', ['a', 'b,c']],
    ['"aXbX".replace("X", "$&")', 'a$&b$&'],
    ['"Hello".matches("^[A-Z][a-z]+$")', true],
    ['cel.bind(n, size(trigger.tags), n * n)', 4],
    ['timestamp(trigger.when).getHours("Europe/Berlin")', 1],
    ['timestamp(trigger.when) + duration("45m")', '2026-07-02T00:15:00Z'],
    ['timestamp("2026-01-02T00:00:00Z") - timestamp("2026-01-01T00:00:00Z")', '86400s'],
    ['timestamp(trigger.when).getDayOfYear()', 181],
    ['duration("1h30m").getMinutes()', 90],
    ['true || trigger.nothing', true],
    ['trigger.nothing || true', true],
    ['false && trigger.nothing', false],
    ['trigger.items.exists(i, i.missing > 1 || i.ok)', true],
    ['"ÄÖ".size()', 2],
    ['"Ääb".upperAscii()', 'ÄäB'],
  ])('%s → %j', (expression, expected) => {
    expect(evaluate(expression, trigger)).toEqual(expected)
  })

  test.each([
    ['trigger.ordr', 'there is no field `ordr`'],
    ['trigger.name.first', 'a string has no field `first`'],
    ['trigger.tags[5]', 'index 5 is outside of the list of 2'],
    ['trigger.tags[-1]', 'index -1 is outside of the list of 2'],
    ['trigger.name + 1', 'string + number is not possible; make the number a text with string()'],
    ['1 / 0', 'division by zero'],
    ['1.0e308 * 10', 'gives Infinity, which JSON cannot hold'],
    ['trigger.name > 1', 'string > number is not possible'],
    ['trigger.name ? 1 : 2', 'a condition takes true or false, not a string'],
    ['trigger.name.map(x, x)', 'a string has no elements to go through'],
    ['int("x")', 'int(): `x` is no whole number'],
    ['timestamp("tomorrow")', '`tomorrow` is no timestamp such as 2026-07-01T08:30:00Z'],
    ['duration("soon")', '`soon` is no duration such as 90s or 1h30m'],
    ['size(1)', 'size() does not take a number'],
    ['timestamp(0).getHours("Mars/Base")', 'there is no time zone `Mars/Base`'],
    [
      '[1, "a"].join()',
      'join() takes a list of texts, and a number is in it; map it with string()',
    ],
  ])('%s fails: %s', (expression, expected) => {
    expect(reason(expression, trigger)).toBe(expected)
  })

  test.each([
    ['triger.name', 'there is no variable `triger`; did you mean `trigger`?'],
    ['sise(trigger)', 'there is no function `sise`; did you mean `size`?'],
    ['trigger.name.beginsWith("a")', 'there is no method `beginsWith`'],
    ['trigger.name.startWith("a")', 'there is no method `startWith`; did you mean `startsWith`?'],
    ['size()', 'size() takes 1 arguments, not 0'],
    ['steps', 'write the step that is meant, as in `steps.reserve.result`'],
    ['steps[trigger.name]', 'the name of a step must be written out, as in `steps.reserve`'],
    ['trigger.items.map(item, item)', '`item` has a meaning already; use another name'],
    ['trigger.items.map(1, 2)', 'the first argument names a variable, as in list.map(x, x + 1)'],
    ['trigger.amount = 1', 'a single `=` means nothing; compare with `==`'],
    ['trigger.amount >', 'ends too early'],
    ['', 'the expression is empty'],
    ['b"bytes"', 'bytes and unsigned numbers have no place in JSON'],
    ['9007199254740993', '9007199254740993 is too large for a number of JSON'],
    ['(1', 'expected `)`, got the end'],
  ])('%s cannot be read: %s', (expression, expected) => {
    expect(reason(expression)).toBe(expected)
  })

  test('an error names its expression', () => {
    const error = failure(() => evaluate('trigger.ordr'))
    expect(error.message).toBe('`trigger.ordr`: there is no field `ordr`')
  })

  test('steps: outcomes of those that are there', () => {
    const steps = { reserve: { status: 'DONE', result: { id: 7 }, error: null } }
    expect(evaluate('steps.reserve.result.id', {}, { steps })).toBe(7)
    expect(evaluate('steps["reserve"].status == "DONE"', {}, { steps })).toBe(true)
    expect(reason('steps.other.result', {}, { steps })).toBe('the step `other` has no outcome here')
  })

  test('item: outside of a fan-out → means nothing here', () => {
    expect(reason('item.name')).toBe('`item` means nothing here')
    expect(evaluate('item.name', {}, { item: { name: 'x' }, index: 0 })).toBe('x')
  })
})

describe('templates', () => {
  const fill = (template: unknown, trigger: unknown) =>
    compileTemplate(template).evaluate(context(trigger))

  test('one whole expression keeps the type, mixed text interpolates', () => {
    expect(
      fill(
        { whole: ' ${ trigger.order } ', mixed: 'Order ${ trigger.order.id }, ${ trigger.list }!' },
        { order: { id: 7 }, list: [1, null] },
      ),
    ).toEqual({ whole: { id: 7 }, mixed: 'Order 7, [1,null]!' })
  })

  test('braces and quotes within an expression do not end it', () => {
    expect(fill('${ {"a": "}"}["a"] + \'}\' }', {})).toBe('}}')
    expect(fill('${ "\\"}" + "x" }', {})).toBe('"}x')
  })

  test('$${ stands for the two signs', () => {
    expect(fill('cost: $${ x } ${ 1 }', {})).toBe('cost: ${ x } 1')
  })

  test('without expressions → the template itself', () => {
    const template = { a: [1, 'x'] }
    expect(fill(template, {})).toBe(template)
  })

  test('unclosed → refused', () => {
    expect(failure(() => fill('a ${ trigger.x', {})).reason).toBe('`${` is not closed by `}`')
  })

  test('which steps it reads is known', () => {
    expect(
      compileTemplate(['${ steps.a.result }', { b: 'x ${ steps["b"].error } ${ steps.a.status }' }])
        .steps,
    ).toEqual(['a', 'b'])
  })
})

describe('nothing is without bounds', () => {
  const list = Array.from({ length: 10_000 }, (_, index) => index)
  const quickly = (expression: string, trigger: unknown): string => {
    const startedAt = performance.now()
    const error = failure(() => evaluate(expression, trigger))
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    expect(error.isLimit).toBe(true)
    return error.reason
  }
  const STEPS = /^takes more than 1,000,000 steps/

  test.each([
    'trigger.list.map(a, trigger.list.map(b, trigger.list.map(c, a + b + c)))',
    'trigger.list.all(a, trigger.list.all(b, trigger.list.all(c, a + b + c >= 0)))',
    'trigger.list.exists(a, trigger.list.exists(b, trigger.list.exists(c, c < 0)))',
    'trigger.list.exists(a, trigger.list.exists(b, trigger.list.exists(c, c < 0))) || true',
    'trigger.list.map(a, trigger.list + trigger.list)',
    'trigger.list.map(a, trigger.list == trigger.list.map(x, x))',
    'trigger.list.map(a, -1 in trigger.list)',
    'trigger.list.map(a, size(trigger.map))',
    'trigger.list.map(a, trigger.map.exists(k, true))',
    'trigger.list.map(a, trigger.text.contains("b"))',
    'trigger.list.map(a, trigger.text.split(""))',
    'trigger.list.map(a, timestamp(a).getHours("Europe/Berlin"))',
    'trigger.text.matches("(\\\\pL{1,400}){1,2}\\\\pN")',
  ])('%s → stopped', (expression) => {
    const map = Object.fromEntries(list.map((index) => [`k${index}`, index]))
    expect(quickly(expression, { list, map, text: 'a'.repeat(500_000) })).toMatch(STEPS)
  })

  test('a text that doubles → stopped', () => {
    const doubling = Array.from({ length: 40 }).reduce<string>(
      (inner, _, index) =>
        `cel.bind(t${index}, ${index === 0 ? '"xxxxxxxxxxxxxxxx"' : `t${index - 1} + t${index - 1}`}, ${inner})`,
      't0',
    )
    const built = Array.from({ length: 24 }).reduce<string>(
      (value) => `cel.bind(t, ${value}, t + t)`,
      '"0123456789abcdef"',
    )
    expect(quickly(built, {})).toMatch(/^makes a text longer than 1,048,576 characters/)
    expect(() => evaluate(doubling)).toThrow(ExpressionError)
  })

  test('a list that shares its parts → stopped when it is written out', () => {
    const built = Array.from({ length: 12 }).reduce<string>(
      (value) => `cel.bind(t, ${value}, [t, t, t, t, t, t, t, t])`,
      '"x"',
    )
    expect(quickly(built, {})).toBe('gives more than 1,048,576 bytes of JSON')
  })

  test('regular expressions take linear time', () => {
    const startedAt = performance.now()
    expect(evaluate('trigger.text.matches("(a+)+$")', { text: `${'a'.repeat(5_000)}!` })).toBe(
      false,
    )
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(reason('"x".matches("((a{100}){100}){100}")')).toMatch(/is no pattern/)
  })

  test.each([
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 'is nested deeper than 50 levels'],
    [`${'!'.repeat(4_000)}true`, /has more than 1000 parts|nested/],
    [Array.from({ length: 2_000 }).fill('1').join('+'), 'has more than 1000 parts'],
    ['1'.repeat(5_000), 'is longer than 4,096 characters'],
    [
      '[1].map(a, [1].map(b, [1].map(c, [1].map(d, [1].map(e, 1)))))',
      'goes through more than 4 lists within each other',
    ],
  ])('too much to read, case %$ → refused', (expression, expected) => {
    expect(reason(expression)).toMatch(expected)
  })
})

describe('no way out of the data', () => {
  test.each([
    'trigger.__proto__',
    'trigger.constructor',
    'trigger["__proto__"]',
    'trigger["constructor"]',
    'trigger.toString',
    'trigger.list.constructor',
    'trigger.list.length',
    'trigger.text.length',
    'trigger.text.constructor',
    'trigger["hasOwnProperty"]',
    'run.constructor',
    'timestamp(0).constructor',
    'steps.constructor',
    'steps.__proto__.x',
    'constructor',
    '__proto__',
    'toString()',
    'trigger.hasOwnProperty("a")',
  ])('%s → an error', (expression) => {
    expect(() => evaluate(expression, { list: [1], text: 'x' })).toThrow(ExpressionError)
  })

  test('has() of a prototype’s fields is false', () => {
    expect(evaluate('has(trigger.constructor) || has(trigger.toString)')).toBe(false)
    expect(evaluate('"constructor" in trigger')).toBe(false)
  })

  test('own fields with such names are data like any other', () => {
    const trigger: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "Ferrari"}')
    expect(evaluate('trigger.constructor', trigger)).toBe('Ferrari')
    const copied = evaluate('{"a": trigger, "__proto__": 1, "constructor": 2}', trigger)
    expect(JSON.stringify(copied)).toBe(
      '{"a":{"__proto__":{"polluted":1},"constructor":"Ferrari"},"__proto__":1,"constructor":2}',
    )
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })
})
