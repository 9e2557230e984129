import { isTimeZone, wallOf } from '#platform/zoned-time.ts'
import { ExpressionError } from './expression-error.ts'
import { Duration } from './values.ts'

const FIRST_MS = Date.parse('0001-01-01T00:00:00Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/
const UNIT_MS = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
])
const DURATION = /^[+-]?(?:\d{1,15}(?:\.\d{1,9})?(?:h|ms|m|s))+$/
const DURATION_LENGTH_MAX = 100

export const timestampOf = (ms: number): Date => {
  if (Number.isFinite(ms) && ms >= FIRST_MS && ms <= LAST_MS) return new Date(ms)
  throw new ExpressionError('timestamps are of the years 1 to 9999')
}

/** RFC 3339, such as `2026-07-01T08:30:00Z`. */
export const parseTimestamp = (text: string): Date => {
  const ms = text.length <= 40 && RFC_3339.test(text) ? Date.parse(text.toUpperCase()) : NaN
  if (Number.isNaN(ms))
    throw new ExpressionError(
      `\`${text.slice(0, 40)}\` is no timestamp such as 2026-07-01T08:30:00Z`,
    )
  return timestampOf(ms)
}

/** Numbers with units from hours to milliseconds, such as `90s`, `1h30m`, `-1.5h`. */
export const parseDuration = (text: string): Duration => {
  if (text.length > DURATION_LENGTH_MAX || !DURATION.test(text))
    throw new ExpressionError(`\`${text.slice(0, 40)}\` is no duration such as 90s or 1h30m`)
  let ms = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g))
    ms += Number(number) * (UNIT_MS.get(unit) ?? 0)
  return new Duration(text.startsWith('-') ? -ms : ms)
}

const ZONE_LENGTH_MAX = 64

/** The same wall time as if it were UTC. Throws for a zone that is not of the database (IANA). */
export const inZone = (instant: Date, zone: string): Date => {
  if (zone.length > ZONE_LENGTH_MAX) throw new ExpressionError('there is no such time zone')
  if (!isTimeZone(zone)) throw new ExpressionError(`there is no time zone \`${zone}\``)
  return new Date(wallOf(zone, instant.getTime()))
}

const DAY_MS = 86_400_000

/** Parts of an instant, by their names in the language; months and days of the year count from 0. */
export const TIMESTAMP_PARTS: ReadonlyMap<string, (wall: Date) => number> = new Map([
  ['getFullYear', (wall: Date) => wall.getUTCFullYear()],
  ['getMonth', (wall: Date) => wall.getUTCMonth()],
  ['getDate', (wall: Date) => wall.getUTCDate()],
  ['getDayOfMonth', (wall: Date) => wall.getUTCDate() - 1],
  ['getDayOfWeek', (wall: Date) => wall.getUTCDay()],
  [
    'getDayOfYear',
    (wall: Date) => Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0)) / DAY_MS),
  ],
  ['getHours', (wall: Date) => wall.getUTCHours()],
  ['getMinutes', (wall: Date) => wall.getUTCMinutes()],
  ['getSeconds', (wall: Date) => wall.getUTCSeconds()],
  ['getMilliseconds', (wall: Date) => wall.getUTCMilliseconds()],
])

export const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['getHours', 3_600_000],
  ['getMinutes', 60_000],
  ['getSeconds', 1_000],
  ['getMilliseconds', 1],
])
