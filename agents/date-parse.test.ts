import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Dates {
  parsed: number
  failed: number
  dates: { input: string; utc?: string; format?: string; notes?: string[]; error?: string }[]
}

const parse = (...lines: string[]): Promise<Dates> =>
  resultOf<Dates>('date-parse', lines.join('\n'))
const utcOf = async (line: string) => (await parse(line)).dates[0]?.utc
const errorOf = async (line: string) => (await parse(line, '2000-01-01')).dates[0]?.error

test('date-parse: one date → UTC, week, day and what was assumed', async () => {
  expect(await parse('2026-07-01T10:30:00.25+02:00')).toEqual({
    parsed: 1,
    failed: 0,
    dates: [
      {
        input: '2026-07-01T10:30:00.25+02:00',
        utc: '2026-07-01T08:30:00.250Z',
        unix_ms: 1782894600250,
        format: 'ISO 8601',
        weekday: 'Wednesday',
        iso_week: '2026-W27',
        day_of_year: 182,
        notes: [],
      },
    ],
  })
})

test('date-parse: one moment in many forms → the same instant', async () => {
  const forms = [
    '2026-07-01T08:30:00Z',
    '20260701T083000Z',
    '2026-07-01 08:30:00,000',
    '2026-182T08:30Z',
    '2026-W27-3T08:30Z',
    'Wed, 01 Jul 2026 08:30:00 GMT',
    'Wed, 1 Jul 2026 04:30:00 -0400 (EDT)',
    '1 Jul 2026 04:30 EDT',
    'Wednesday, 01-Jul-26 08:30:00 GMT',
    'Wed Jul  1 08:30:00 2026',
    '01/Jul/2026:10:30:00 +0200',
    'July 1st, 2026 at 8:30 am',
    '1.7.2026 08:30',
    '07/01/2026 8:30',
    '1782894600',
    '1782894600000',
  ]
  const { dates, failed } = await parse(...forms)
  expect(failed).toBe(0)
  expect(dates.map((date) => [date.input, date.utc])).toEqual(
    forms.map((form) => [form, '2026-07-01T08:30:00.000Z']),
  )
})

test('date-parse: guesses → named', async () => {
  const notesOf = async (line: string) => (await parse(line)).dates[0]?.notes
  expect(await notesOf('2026-07-01')).toEqual(['no time: midnight assumed', 'no zone: UTC assumed'])
  expect(await notesOf('03/04/2026 10:00')).toEqual([
    'month before day assumed',
    'no zone: UTC assumed',
  ])
  expect(await notesOf('25/04/2026 10:00Z')).toEqual([])
  expect(await notesOf('2016-12-31T23:59:60Z')).toEqual(['leap second'])
})

test('date-parse: midnight, noon and the edges of years → right', async () => {
  expect(await utcOf('2026-01-01T24:00:00Z')).toBe('2026-01-02T00:00:00.000Z')
  expect(await utcOf('Jan 1, 2026 12:05 am')).toBe('2026-01-01T00:05:00.000Z')
  expect(await utcOf('Jan 1, 2026 12:05 pm')).toBe('2026-01-01T12:05:00.000Z')
  expect(await utcOf('2026-01-01T00:30+01:00')).toBe('2025-12-31T23:30:00.000Z')
  expect(await utcOf('2020-W53-7')).toBe('2021-01-03T00:00:00.000Z')
  expect(await utcOf('-864000000000')).toBe('1942-08-16T00:00:00.000Z')
  expect(await utcOf('2000-02-29')).toBe('2000-02-29T00:00:00.000Z')
})

test('date-parse: days that do not exist → what is wrong', async () => {
  expect(await errorOf('2023-02-29')).toBe('2023-02 has 28 days, so there is no day 29.')
  expect(await errorOf('1900-02-29')).toContain('28 days')
  expect(await errorOf('2026-13-01')).toBe('There is no month 13.')
  expect(await errorOf('2026-04-31')).toContain('30 days')
  expect(await errorOf('2026-01-01T25:00')).toBe('The time of day does not exist.')
  expect(await errorOf('Friday, 1 July 2026')).toBe('That day is a Wednesday, not a Friday.')
  expect(await errorOf('2021-W53-1')).toBe('This is not a form of date we know.')
  expect(await errorOf('2026-07-01T08:30Zulu')).toBe('This is not a form of date we know.')
})

test('date-parse: no line understood → exit 1 with the reason', async () => {
  expect(await refusalOf('date-parse', 'tomorrow')).toBe('This is not a form of date we know.')
  expect(await refusalOf('date-parse', 'a\nb')).toBe('None of the lines is a date we can read.')
  expect(await refusalOf('date-parse', '\r\n')).toBe('The input is empty.')
  expect(await refusalOf('date-parse', '1\n'.repeat(2_501))).toContain('more than 2,500')
})

test('date-parse: any instant in the forms of the platform → that instant', async () => {
  const instant = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  })
  await fc.assert(
    fc.asyncProperty(instant, async (date) => {
      const { dates, failed } = await parse(date.toISOString(), date.toUTCString())
      expect(failed).toBe(0)
      expect(dates[0]?.utc).toBe(date.toISOString())
      expect(dates[1]?.utc).toBe(date.toISOString().replace(/\.\d{3}Z/, '.000Z'))
    }),
  )
})
