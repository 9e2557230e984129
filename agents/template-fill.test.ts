import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Filled {
  text: string
  missing: string[]
}

const fill = async (template: string, data: unknown, escape?: string): Promise<string> =>
  (await resultOf<Filled>('template-fill', { template, data, escape })).text

test('template-fill: names → values, and what was missing', async () => {
  const template = 'Hi {{ user.name }}, {{n}} {{b}} {{nil}}{{gone}}{{gone}} {{user.age}}'
  const data = { user: { name: 'Ada' }, n: 1.5, b: false, nil: null }
  expect(await resultOf('template-fill', { template, data })).toEqual({
    text: 'Hi Ada, 1.5 false  ',
    missing: ['gone', 'user.age'],
  })
})

test('template-fill: HTML → escaped unless raw or told otherwise', async () => {
  const data = { x: `<a href="#">'&'</a>` }
  const escaped = '&lt;a href=&quot;#&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;'
  expect(await fill('{{x}}', data)).toBe(escaped)
  expect(await fill('{{{x}}}{{&x}}', data)).toBe(data.x + data.x)
  expect(await fill('{{x}}', data, 'none')).toBe(data.x)
})

test('template-fill: sections → lists, conditions, contexts', async () => {
  expect(await fill('{{#l}}<{{.}}>{{/l}}', { l: [1, 'b', true] })).toBe('<1><b><true>')
  expect(await fill('{{#l}}{{a}}{{o}} {{/l}}', { l: [{ a: 1 }, { a: 2 }], o: '!' })).toBe('1! 2! ')
  expect(await fill('{{#a}}{{#b}}{{c}}{{/b}}{{/a}}', { a: { b: { c: 'deep' } } })).toBe('deep')
  for (const empty of [false, null, [], '']) {
    expect(await fill('{{#x}}yes{{/x}}{{^x}}no{{/x}}', { x: empty })).toBe('no')
  }
  expect(await fill('{{#x}}yes{{/x}}{{^x}}no{{/x}}', { x: 0 })).toBe('yes')
  expect(await fill('{{^x}}no{{/x}}', {})).toBe('no')
})

test('template-fill: tags alone on their line → the line goes', async () => {
  expect(await fill('a\n  {{#x}}\nb\n\t{{/x}}  \r\nc\n{{! note }}\nd', { x: true })).toBe(
    'a\nb\nc\nd',
  )
  expect(await fill('a {{#x}}\nb{{/x}}', { x: true })).toBe('a \nb')
})

test('template-fill: a dotted name that breaks off → missing, not looked up farther out', async () => {
  const template = '{{#a}}{{b.c}}{{/a}}'
  expect(await fill(template, { a: { b: {} }, b: { c: 'outer' } })).toBe('')
})

test('template-fill: bad templates → one sentence with the line', async () => {
  const refuse = (template: unknown, data: unknown = {}) =>
    refusalOf('template-fill', { template, data })
  expect(await refuse('a\n{{b')).toBe('The tag in line 2 is not closed.')
  expect(await refuse('{{#a}}')).toBe('The section "a" is never closed.')
  expect(await refuse('{{#a}}{{/b}}')).toBe('"b" is closed in line 1, but "a" is open.')
  expect(await refuse('{{/b}}')).toBe('"b" is closed in line 1, but no section is open.')
  expect(await refuse('{{>p}}')).toContain('are not supported')
  expect(await refuse('{{=<% %>=}}')).toContain('Delimiters cannot be changed')
  expect(await refuse('{{ }}')).toContain('has no name')
  expect(await refuse('{{#a}}'.repeat(65))).toContain('64 levels')
  expect(await refuse(1)).toContain('"template" must be a string')
  expect(await refusalOf('template-fill', { template: '' })).toContain('"data" must hold')
})

test('template-fill: lists inside of lists → an end to steps and to length', async () => {
  const a = Array.from({ length: 1_000 }, () => ({}))
  const nested = '{{#a}}'.repeat(4) + '{{/a}}'.repeat(4)
  expect(await refusalOf('template-fill', { template: nested, data: { a } })).toContain('too often')
  const long = `{{#a}}{{#a}}${'x'.repeat(100)}{{/a}}{{/a}}`
  expect(await refusalOf('template-fill', { template: long, data: { a } })).toBe(
    'The result is longer than 8388608 bytes.',
  )
})

test('template-fill: any text without tags → itself; any value → what JSON says it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('{{')),
      fc.string({ unit: 'grapheme' }),
      async (text, value) => {
        expect(await fill(text, {})).toBe(text)
        expect(await fill('[{{{v}}}]', { v: value })).toBe(`[${value}]`)
      },
    ),
  )
})
