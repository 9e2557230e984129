import type { WorkflowSourceFormat } from '@cadre/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { compileDefinition } from '../compile-definition.ts'
import { documentOf } from '../definition-view.ts'
import { BROKEN_DEFINITIONS } from '../testing/broken-definitions.ts'
import { definitions } from '../testing/random-definitions.ts'
import { readDefinition } from './read-definition.ts'
import { anyText } from '../../../../test/support/any-text.ts'

const LIMITS = { bytesMax: 1_048_576, stepsMax: 10_000 }
const HEAD = 'name: order\nversion: 1.0.0\n'

const read = (text: string, format?: WorkflowSourceFormat) =>
  readDefinition({ text, format }, LIMITS)
const told = (text: string, format?: WorkflowSourceFormat) =>
  read(text, format).problems.map(
    ({ line, column, path, message }) =>
      `${line}:${column} ${path === '' ? '' : `${path}: `}${message}`,
  )

describe('broken definitions', () => {
  test('there are at least 60, each of its own kind', () => {
    expect(new Set(BROKEN_DEFINITIONS.map(([name]) => name)).size).toBeGreaterThanOrEqual(60)
  })

  test.each(BROKEN_DEFINITIONS)('%s → said with line and column', (_name, source, problems) => {
    const text = source.slice(1)
    expect(told(text)).toEqual(problems)
    expect(read(text).definition).toBeNull()
  })

  test('every place that is named is within the text', () => {
    for (const [name, source] of BROKEN_DEFINITIONS) {
      const lines = source.slice(1).split('\n')
      for (const { line, column } of read(source.slice(1)).problems)
        expect([name, column <= (lines[line - 1] ?? '').length + 1]).toEqual([name, true])
    }
  })
})

describe('places', () => {
  test('CRLF, a byte order mark and emoji ahead of it → the same line, columns in UTF-16 units', () => {
    const text = `\uFEFF${HEAD}steps:\n  mail:\n    agent: mail\n    input: "👋🏽 \${1 +}"\n`
    expect(told(text.replaceAll('\n', '\r\n'))).toEqual([
      '6:23 steps.mail.input: `1 +`: ends too early',
    ])
  })

  test('a fault within a folded text → its line', () => {
    const text = `${HEAD}steps:\n  mail:\n    agent: mail\n    input: >\n      one\n      two \${1 +}\n      three\n`
    expect(told(text)).toEqual(['8:16 steps.mail.input: `1 +`: ends too early'])
  })

  test('JSON in one line → the column', () => {
    const text = '{"name":"order","version":"1.0.0","steps":{"a":{"agent":"x","needs":["begin"]}}}'
    expect(told(text)).toEqual(['1:70 steps.a.needs[0]: there is no step `begin`'])
  })

  test('a fault behind an alias → where the text itself stands', () => {
    const text = `${HEAD}payload: { when: &late "trigger.total >" }\nsteps:\n  a:\n    agent: x\n    when: *late\n`
    expect(told(text)).toEqual(['3:40 steps.a.when: `trigger.total >`: ends too early'])
  })
})

describe('hostile texts', () => {
  const nested = (levels: number) => `${'{ a: '.repeat(levels)}1${' }'.repeat(levels)}`

  test.each<[string, string, RegExp]>([
    ['60 levels', `${HEAD}payload: ${nested(60)}\n`, /^3:260 .*nested deeper than 50 levels$/],
    ['100,000 brackets', '['.repeat(100_000), /nested deeper than 50 levels$/],
    ['100,000 braces', '{a: '.repeat(100_000), /nested deeper than 50 levels$/],
    ['100,000 dashes', '- '.repeat(100_000), /nested deeper than 50 levels$/],
    ['too many bytes', '#'.repeat(1_048_577), /^1:1 the definition has 1,048,577 bytes/],
    [
      'too many steps',
      `${HEAD}steps:\n${Array.from({ length: 10_001 }, (_, index) => `  s${index}: {agent: a}\n`).join('')}`,
      /^4:3 steps: the workflow has 10,001 steps; 10,000 are allowed$/,
    ],
    ['U+0000', `${HEAD}\0steps: {}`, /^3:1 the text holds U\+0000/],
    ['half a character', `{"name":"a\uD800"}`, /^1:9 name: the text holds/],
    ['an expression of 300 brackets', step(`when: ${'('.repeat(300)}1`), /nested deeper than 50/],
    [
      'an expression of 8,000 letters',
      step(`when: "[${'1,'.repeat(4_000)}1]"`),
      /longer than 4,096/,
    ],
    [
      'a pattern that explodes',
      step(`when: "'a'.matches('((a{1,99}){1,99}){1,99}')"`),
      /no pattern/,
    ],
    [
      'a schema of 5,001 values',
      `${HEAD}trigger: {schema: {enum: [${'1,'.repeat(5_001)}]}}\nsteps: {a: {agent: a}}`,
      /more than 5000 values/,
    ],
  ])('%s → refused, said once', (_name, text, message) => {
    expect(told(text, 'yaml')).toEqual([expect.stringMatching(message)])
  })

  test('names of JavaScript → keys like others; the one that is none → refused', () => {
    const text = `${HEAD}payload: { toString: 2 }\nsteps:\n  constructor: { agent: a }\n  valueof: { agent: a, needs: constructor, input: "\${payload.toString}" }\n`
    const { definition, problems } = read(text)
    expect(problems).toEqual([])
    expect(definition?.payload).toEqual({ toString: 2 })
    expect(told(`${HEAD}payload: { __proto__: { a: 1 } }\nsteps: { a: { agent: x } }\n`)).toEqual([
      '3:12 payload.__proto__: `__proto__` cannot be a key',
    ])
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  test('1,000 faults → 100 are told', () => {
    const steps = Array.from({ length: 1_000 }, (_, index) => `  s${index}: {agent: a, needs: x}\n`)
    expect(told(`${HEAD}steps:\n${steps.join('')}`)).toHaveLength(100)
  })

  test('10,000 steps of a chain that read their first one → read within seconds', () => {
    const steps = Array.from({ length: 10_000 }, (_, index) =>
      index === 0
        ? '  s0: {agent: a}\n'
        : `  s${index}: {agent: a, needs: s${index - 1}, input: "\${steps.s0.result}"}\n`,
    )
    const { definition, problems } = read(`${HEAD}steps:\n${steps.join('')}`)
    expect(problems).toEqual([])
    expect(definition?.steps).toHaveLength(10_000)
  })

  test('any text at all → problems or a definition, never an error', () => {
    const pieces = fc.constantFrom(
      'name: a\n',
      'version: 1.0.0\n',
      'steps:\n',
      '  a:\n',
      '    agent: x\n',
      '${',
      '}',
      '"',
      "'",
      '&a ',
      '*a ',
      '- ',
      '? ',
      ': ',
      '!t ',
      '|\n',
      '\t',
      '{',
      '[',
      '\0',
      '\n',
      '    when: ',
      'trigger.a',
      '#',
    )
    const texts = fc.oneof(
      anyText(),
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom('yaml' as const, 'json' as const), (text, format) => {
        const { definition, problems } = read(text, format)
        expect(definition === null).toBe(problems.length > 0)
      }),
      { numRuns: 300 },
    )
  })
})

const step = (line: string): string => `${HEAD}steps:\n  a:\n    agent: x\n    ${line}\n`

describe('sound definitions', () => {
  test('random ones, written as JSON and as YAML → read back equal, and ready to run', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const document = documentOf(definition)
        const inJson = read(JSON.stringify(document))
        expect(inJson.problems).toEqual([])
        expect(inJson.definition).toEqual(definition)
        const inYaml = read(stringify(document, { aliasDuplicateObjects: false }), 'yaml')
        expect(inYaml.problems).toEqual([])
        expect(inYaml.definition).toEqual(definition)
        expect(compileDefinition(definition).steps.size).toBe(definition.steps.length)
      }),
      { numRuns: 60 },
    )
  })

  test('the short forms → the same as the long ones', () => {
    const short = `${HEAD}steps:\n  a: { agent: x, for_each: "\${trigger.items}" }\n  b: { approval: Fine?, needs: a }\n  c: { signal: paid, needs: [b] }\n  d: { delay: 5, needs: c }\n`
    const long = `${HEAD}steps:\n  a: { agent: x, for_each: { items: trigger.items, concurrency: 100 } }\n  b: { approval: { message: Fine?, on_deadline: reject }, needs: [a] }\n  c: { signal: { name: paid }, needs: [b] }\n  d: { delay: { seconds: 5 }, needs: [c] }\n`
    expect(read(short).definition).not.toBeNull()
    expect(read(short).definition).toEqual(read(long).definition)
  })

  test('a step with a compensation → failures compensate, unless it says otherwise', () => {
    const text = `${HEAD}steps:\n  a: { agent: x, compensation: { agent: y } }\n  b: { agent: x, on_failure: continue }\n`
    expect(read(text).definition?.steps.map(({ onFailure }) => onFailure)).toEqual([
      'compensate',
      'continue',
    ])
  })

  test('compensate without any compensation → a warning', () => {
    const { definition, warnings } = read(
      `${HEAD}on_failure: compensate\nsteps: { a: { agent: x } }\n`,
    )
    expect(definition).not.toBeNull()
    expect(warnings).toEqual([
      {
        message: 'nothing will be undone: no step declares a compensation',
        path: 'on_failure',
        line: 3,
        column: 13,
      },
    ])
  })
})
