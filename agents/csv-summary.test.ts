import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Summary {
  rows: number
  columns: number
  fields: { name: string; type: string; filled: number; empty: number }[]
}

test('csv-summary: numbers with a gap → every figure', async () => {
  expect(
    await resultOf('csv-summary', 'name,score\r\nann,1\r\nbob,2.5\r\ncy,\r\ndee,4\r\n'),
  ).toEqual({
    delimiter: ',',
    has_header: true,
    rows: 4,
    columns: 2,
    ragged_rows: 0,
    ragged_lines: [],
    malformed_quotes: 0,
    fields: [
      {
        name: 'name',
        type: 'text',
        filled: 4,
        empty: 0,
        distinct: 4,
        distinct_is_minimum: false,
        shortest: 2,
        longest: 3,
        top_values: [],
      },
      {
        name: 'score',
        type: 'number',
        filled: 3,
        empty: 1,
        distinct: 3,
        distinct_is_minimum: false,
        min: 1,
        quartile_1: 1.75,
        median: 2.5,
        quartile_3: 3.25,
        max: 4,
        sum: 7.5,
        mean: 2.5,
        standard_deviation: 1.5,
        top_values: [],
      },
    ],
  })
})

test('csv-summary: values of one kind → the narrowest type', async () => {
  const csv = 'a;b;c;d;e;f;g\n1;1.5;yes;2026-01-31;007;x;\n-2;2e3;No;2024-02-29T10:00Z;01;5;\n'
  const { fields } = await resultOf<Summary>('csv-summary', csv)
  expect(fields.map((field) => field.type)).toEqual([
    'integer',
    'number',
    'boolean',
    'date',
    'text',
    'text',
    'empty',
  ])
})

test('csv-summary: quotes, delimiters and line breaks inside of a field → one value', async () => {
  const csv = 'note,n\n"a, ""b""\nc",1\n"a, ""b""\nc",2\n'
  expect(await resultOf('csv-summary', csv)).toMatchObject({
    rows: 2,
    fields: [{ top_values: [{ value: 'a, "b"\nc', count: 2 }], longest: 8 }, { type: 'integer' }],
  })
})

test('csv-summary: rows that do not fit → counted with their lines', async () => {
  expect(await resultOf('csv-summary', 'a,b\n1,2\n3\n\n"x\ny",5,6\n7,8"\n')).toMatchObject({
    rows: 4,
    ragged_rows: 2,
    ragged_lines: [3, 6],
    malformed_quotes: 1,
  })
})

test('csv-summary: first row of values → no header', async () => {
  const summary = await resultOf<Summary>('csv-summary', '1\t2\n3\t4')
  expect(summary).toMatchObject({ delimiter: '\t', has_header: false, rows: 2 })
  expect(summary.fields.map((field) => field.name)).toEqual(['column 1', 'column 2'])
})

test('csv-summary: sums of unlike numbers → nothing lost', async () => {
  const csv = 'n\n1e16\n1\n-1e16\n'
  expect(await resultOf('csv-summary', csv)).toMatchObject({ fields: [{ sum: 1 }] })
})

test('csv-summary: bad input → one sentence', async () => {
  expect(await refusalOf('csv-summary', ' \n')).toBe('The input is empty.')
  expect(await refusalOf('csv-summary', 'a\n1\n"open\n\n')).toBe(
    'The quoted field that begins in line 3 is never closed.',
  )
  expect(await refusalOf('csv-summary', ','.repeat(1_000))).toBe(
    'The table has more than 1,000 columns.',
  )
})

test('csv-summary: any table, written by RFC 4180 → its own shape and values', async () => {
  const value = fc.string({ unit: fc.constantFrom(...'ab,;"\n\r 1é') }).map((text) => `x${text}x`)
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 2 }),
    )
  await fc.assert(
    fc.asyncProperty(table, async (rows) => {
      const quoted = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`))
      const csv = quoted.map((row) => row.join(',')).join('\r\n')
      const summary = await resultOf<Summary>('csv-summary', csv)
      const [header = [], ...body] = rows
      expect(summary).toMatchObject({
        rows: body.length,
        columns: header.length,
        ragged_rows: 0,
        malformed_quotes: 0,
      })
      summary.fields.forEach((field, index) => {
        expect(field).toMatchObject({
          name: header[index],
          distinct: new Set(body.map((row) => row[index])).size,
        })
      })
    }),
  )
})

test('csv-summary: any numbers → the figures plain code computes', async () => {
  const numbers = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(numbers, async (values) => {
      const sorted = values.toSorted((left, right) => left - right)
      const sum = values.reduce((total, value) => total + value, 0)
      const middle = (sorted.length - 1) / 2
      const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
      expect(await resultOf('csv-summary', `n\n${values.join('\n')}`)).toMatchObject({
        fields: [{ min: sorted[0], max: sorted.at(-1), sum, median }],
      })
    }),
  )
})
