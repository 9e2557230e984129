import {
  CalendarDate,
  DAY_MS,
  floorDivide64,
  formatUtc,
  isoWeekOf,
  weekdayName,
  weekdayOf,
} from '../../runtime/calendar'
import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter } from '../../runtime/json-writer'
import { MomentReader } from '../../runtime/moment-reader'
import { Text } from '../../runtime/text'
import { readDate, Reading } from './date-formats'

/** The answers for so many fit into 1 MiB. */
const DATES_MAX = 2_500
const EXCERPT_CHARACTERS_MAX = 100
/** 0001-01-01 and the end of 9999, beyond which no common form can write a date. */
const UNIX_MS_MIN: i64 = -62_135_596_800_000
const UNIX_MS_MAX: i64 = 253_402_300_799_999

class Tally {
  parsed: i32 = 0
  failed: i32 = 0
  /** Why the last line that failed did. */
  reason: string = ''
}

/** One date a line. Fails only if no line can be understood. */
function main(): void {
  const text = readTextNotBlank()
  const tally = new Tally()
  readLines(text, tally, null)
  if (tally.parsed === 0) {
    const isOne = tally.failed === 1
    throw new Error(isOne ? tally.reason : 'None of the lines is a date we can read.')
  }
  const json = new JsonWriter()
  json.beginObject()
  json.key('parsed').integer(tally.parsed)
  json.key('failed').integer(tally.failed)
  json.key('dates').beginArray()
  readLines(text, new Tally(), json)
  json.endArray()
  json.endObject()
  json.finish()
}

function readLines(text: Text, tally: Tally, json: JsonWriter | null): void {
  for (let from = 0; from < text.length;) {
    const end = text.lineEnd(from)
    const line = text.slice(from, end).trim()
    from = end + 1
    if (line.length === 0) continue
    if (tally.parsed + tally.failed === DATES_MAX) {
      throw new Error('The input has more than 2,500 dates.')
    }
    const reading = judge(new MomentReader(line))
    if (reading.reason.length > 0) {
      tally.failed++
      tally.reason = reading.reason
    } else tally.parsed++
    if (json !== null) writeDate(json, line, reading)
  }
}

function judge(reader: MomentReader): Reading {
  const reading = readDate(reader)
  if (reading.reason.length > 0) return reading
  if (!reading.isUnix) reading.unixMs = reader.moment.unixMs()
  if (reading.unixMs < UNIX_MS_MIN || reading.unixMs > UNIX_MS_MAX) {
    reading.reason = 'The year must be from 1 to 9999.'
  }
  return reading
}

function writeDate(json: JsonWriter, line: Text, reading: Reading): void {
  json.beginObject()
  json.key('input').text(line.truncate(EXCERPT_CHARACTERS_MAX))
  if (reading.reason.length > 0) json.key('error').string(reading.reason)
  else writeReading(json, reading)
  json.endObject()
}

function writeReading(json: JsonWriter, reading: Reading): void {
  const days = <i32>floorDivide64(reading.unixMs, DAY_MS)
  json.key('utc').string(formatUtc(reading.unixMs))
  json.key('unix_ms').integer(reading.unixMs)
  json.key('format').string(reading.format)
  json.key('weekday').string(weekdayName(weekdayOf(days)))
  json.key('iso_week').string(isoWeekOf(days))
  json.key('day_of_year').integer(new CalendarDate(days).dayOfYear())
  json.key('notes').beginArray()
  for (let index = 0; index < reading.notes.length; index++) json.string(reading.notes[index])
  json.endArray()
}

main()
