import { MomentReader } from '../../runtime/moment-reader'
import { isAsciiLetter, isDigit, Text } from '../../runtime/text'

const COMMA = 0x2c
const MINUS = 0x2d

/** A line that was understood has a format; one that was not has a reason. */
export class Reading {
  format: string = ''
  reason: string = ''
  /** What had to be assumed. */
  notes: string[] = []
  /** Set when the line was a number of seconds or milliseconds. */
  isUnix: bool = false
  unixMs: i64 = 0
}

/** Understands one line. `reader` holds the moment afterwards. */
export function readDate(reader: MomentReader): Reading {
  const reading = new Reading()
  reader.begin(0)
  if (readUnix(reader, reading)) return reading
  if (readFormat(reader, reading)) {
    if (!reader.moment.isValid()) reading.reason = reader.moment.problem()
    else addNotes(reader, reading)
  } else reading.reason = 'This is not a form of date we know.'
  return reading
}

function readFormat(reader: MomentReader, reading: Reading): bool {
  if (isDigit(reader.text.at(0))) {
    reading.format = 'ISO 8601'
    if (reader.readIso() && isAtEnd(reader)) return true
    reader.begin(0)
    reading.format = 'numeric'
    if (readNumeric(reader, reading) && isAtEnd(reader)) return true
    reader.begin(0)
  }
  return readWords(reader, reading) && isAtEnd(reader)
}

/** 9 to 11 digits are seconds since 1970, 12 to 14 are milliseconds. */
function readUnix(reader: MomentReader, reading: Reading): bool {
  const text = reader.text
  const from = text.at(0) === MINUS ? 1 : 0
  const length = text.length - from
  if (length < 9 || length > 14) return false
  let value: i64 = 0
  for (let index = from; index < text.length; index++) {
    if (!isDigit(text.at(index))) return false
    value = value * 10 + text.at(index) - 0x30
  }
  if (from === 1) value = -value
  reading.isUnix = true
  reading.format = length < 12 ? 'Unix seconds' : 'Unix milliseconds'
  reading.unixMs = length < 12 ? value * 1_000 : value
  return true
}

/** `1.7.2026`, `07/01/2026`, `10/Oct/2000:13:55:36 -0700`. */
function readNumeric(reader: MomentReader, reading: Reading): bool {
  const first = reader.takeDigits(min(reader.countDigits(), 2))
  const separator = reader.peek()
  if (separator !== 0x2e && separator !== 0x2f && separator !== MINUS) return false
  reader.index++
  if (isAsciiLetter(reader.peek())) return readNamedMonth(reader, reading, first, separator)
  const second = reader.takeDigits(min(reader.countDigits(), 2))
  if (second < 0 || reader.peek() !== separator) return false
  reader.index++
  const year = reader.takeDigits(4)
  if (year < 0) return false
  const isDayFirst = separator === 0x2e || first > 12
  reader.moment.year = year
  reader.moment.month = isDayFirst ? second : first
  reader.moment.day = isDayFirst ? first : second
  if (!isDayFirst && second <= 12 && first !== second)
    reading.notes.push('month before day assumed')
  return readRest(reader)
}

/** As web servers log, and as RFC 850 wrote dates. */
function readNamedMonth(reader: MomentReader, reading: Reading, day: i32, separator: i32): bool {
  reader.moment.day = day
  if (!reader.readMonthName() || reader.peek() !== separator) return false
  reader.index++
  if (!readYear(reader, reading)) return false
  reading.format = separator === 0x2f ? 'Common Log Format' : 'RFC 850'
  if (reader.peek() === 0x3a) {
    reader.index++
    if (!reader.readTime()) return false
    reader.readZone()
    return true
  }
  return readRest(reader)
}

/** Two digits mean 1950 to 2049, as in RFC 2822. */
function readYear(reader: MomentReader, reading: Reading): bool {
  const count = reader.countDigits()
  if (count !== 2 && count !== 4) return false
  const year = reader.takeDigits(count)
  if (count === 2) reading.notes.push('century assumed')
  reader.moment.year = count === 4 ? year : year < 50 ? 2_000 + year : 1_900 + year
  return true
}

/** With a month's name: RFC 2822, `1 July 2026`, `July 1, 2026 8:30 pm`, asctime. */
function readWords(reader: MomentReader, reading: Reading): bool {
  if (reader.readWeekdayName()) reader.skipSpaces()
  if (isDigit(reader.peek())) return readDayFirst(reader, reading)
  if (!reader.readMonthName()) return false
  reader.skipSpaces()
  reader.moment.day = reader.takeDigits(min(reader.countDigits(), 2))
  skipOrdinal(reader)
  if (reader.peek() === COMMA) reader.index++
  reader.skipSpaces()
  reading.format = 'month day year'
  if (reader.text.at(reader.index + 2) === 0x3a) return readAsctime(reader, reading)
  return readYear(reader, reading) && readRest(reader)
}

function readAsctime(reader: MomentReader, reading: Reading): bool {
  reading.format = 'asctime'
  if (!reader.readTime()) return false
  reader.skipSpaces()
  return readYear(reader, reading)
}

function readDayFirst(reader: MomentReader, reading: Reading): bool {
  const hasWeekday = reader.moment.weekday > 0
  reader.moment.day = reader.takeDigits(min(reader.countDigits(), 2))
  skipOrdinal(reader)
  if (reader.peek() === MINUS || reader.peek() === 0x2e) reader.index++
  reader.skipSpaces()
  if (!reader.readMonthName()) return false
  if (reader.peek() === MINUS) reader.index++
  reader.skipSpaces()
  if (!readYear(reader, reading) || !readRest(reader)) return false
  reading.format = reader.moment.hasTime && hasWeekday ? 'RFC 2822' : 'day month year'
  return true
}

/** The letters of "1st", "2nd", "3rd" and "4th". */
function skipOrdinal(reader: MomentReader): void {
  const first = reader.peek()
  const second = reader.text.at(reader.index + 1)
  const isOrdinal =
    (first === 0x73 && second === 0x74) ||
    (first === 0x6e && second === 0x64) ||
    (first === 0x72 && second === 0x64) ||
    (first === 0x74 && second === 0x68)
  if (isOrdinal) reader.index += 2
}

/** A time and a zone may follow a date. */
function readRest(reader: MomentReader): bool {
  if (reader.peek() === COMMA) reader.index++
  reader.skipSpaces()
  if (reader.text.hasAt(reader.index, Text.of('at '))) reader.index += 3
  if (!isDigit(reader.peek())) return true
  if (!reader.readTime()) return false
  reader.readZone()
  return true
}

/** A remark in brackets, such as the name of a zone, may follow in mail. */
function isAtEnd(reader: MomentReader): bool {
  reader.skipSpaces()
  const isRemark = reader.peek() === 0x28 && reader.text.at(reader.text.length - 1) === 0x29
  return isRemark || reader.index === reader.text.length
}

function addNotes(reader: MomentReader, reading: Reading): void {
  if (!reader.moment.hasTime) reading.notes.push('no time: midnight assumed')
  if (!reader.moment.hasZone) reading.notes.push('no zone: UTC assumed')
  if (reader.moment.second === 60) reading.notes.push('leap second')
}
