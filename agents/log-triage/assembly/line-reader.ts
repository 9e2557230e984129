import { MomentReader } from '../../runtime/moment-reader'
import { isBlank, isDigit, Text } from '../../runtime/text'
import { JsonLine } from './json-line'
import {
  findLevel,
  foundLevel,
  LEVEL_UNKNOWN,
  levelOf,
  levelOfNumber,
  levelOfStatus,
} from './levels'

/** A level stands near the beginning of a line or nowhere. */
const LEVEL_REACH_BYTES = 120
const NAMES_LEVEL = Text.of(' level severity lvl levelname log.level ')
const NAMES_TIME = Text.of(' time timestamp ts @timestamp date ')
const NAMES_MESSAGE = Text.of(' msg message event error log ')
const CONTINUATIONS: Text[] = [
  Text.of('Caused by'),
  Text.of('Traceback '),
  Text.of('at '),
  Text.of('... '),
]

/** Takes one line of a log apart: plain text, JSON, or what a web server writes. */
export class LineReader {
  level: i32 = LEVEL_UNKNOWN
  hasTime: bool = false
  /** Whether the time stood without a zone, so that UTC is a guess. */
  isZoneAssumed: bool = false
  unixMs: i64 = 0
  messageFrom: i32 = 0
  messageTo: i32 = 0
  private moments: MomentReader
  private json: JsonLine

  constructor(private text: Text) {
    this.moments = new MomentReader(text)
    this.json = new JsonLine(text)
  }

  read(from: i32, to: i32): void {
    this.level = LEVEL_UNKNOWN
    this.hasTime = false
    this.isZoneAssumed = false
    this.messageFrom = from
    this.messageTo = to
    if (this.text.at(from) === 0x7b) this.readJson(from, to)
    else this.readPlain(from, to)
  }

  /** Whether the line belongs to the entry before it, as the lines of a stack trace do. */
  isContinuation(from: i32): bool {
    if (this.hasTime || this.level !== LEVEL_UNKNOWN) return false
    if (isBlank(this.text.at(from))) return true
    for (let index = 0; index < CONTINUATIONS.length; index++) {
      if (this.text.hasAt(from, CONTINUATIONS[index])) return true
    }
    return false
  }

  private readJson(from: i32, to: i32): void {
    if (this.json.find(from, to, NAMES_LEVEL)) {
      this.level = this.json.isString
        ? levelOf(this.text, this.json.from, this.json.to)
        : levelOfNumber(this.integerAt(this.json.from))
    }
    if (this.json.find(from, to, NAMES_TIME)) this.readJsonTime()
    if (this.json.find(from, to, NAMES_MESSAGE)) {
      this.messageFrom = this.json.from
      this.messageTo = this.json.to
    }
  }

  /** A date in a string, or a number of seconds or milliseconds. */
  private readJsonTime(): void {
    if (this.json.isString) {
      this.readIsoAt(this.json.from)
      return
    }
    let value: i64 = 0
    let index = this.json.from
    while (isDigit(this.text.at(index)) && index - this.json.from < 14) {
      value = value * 10 + this.text.at(index) - 0x30
      index++
    }
    const length = index - this.json.from
    if (length < 9) return
    this.hasTime = true
    this.unixMs = length < 12 ? value * 1_000 : value
  }

  private readPlain(from: i32, to: i32): void {
    const start = this.text.at(from) === 0x5b ? from + 1 : from
    let index = from
    if (this.readIsoAt(start) || this.readSyslogAt(start)) index = this.moments.index
    else if (this.readWebLine(from, to)) return
    const levelEnd = findLevel(this.text, index, min(to, index + LEVEL_REACH_BYTES))
    if (levelEnd >= 0) {
      this.level = foundLevel
      index = levelEnd
    }
    while (index < to && isLeading(this.text.at(index))) index++
    this.messageFrom = index
  }

  private readIsoAt(index: i32): bool {
    if (!isDigit(this.text.at(index))) return false
    this.moments.begin(index)
    const moment = this.moments.moment
    if (!this.moments.readIso() || !moment.hasTime || !moment.isValid()) return false
    this.takeMoment()
    return true
  }

  /** `Jul  1 08:00:00` has no year, so it tells where the message begins but not when it was. */
  private readSyslogAt(index: i32): bool {
    this.moments.begin(index)
    if (!this.moments.readMonthName()) return false
    this.moments.skipSpaces()
    const digits = this.moments.countDigits()
    if (digits < 1 || digits > 2) return false
    this.moments.takeDigits(digits)
    this.moments.skipSpaces()
    return this.moments.readTime()
  }

  /** `host - user [01/Jul/2026:08:32:00 +0000] "GET / HTTP/1.1" 503 12`. */
  private readWebLine(from: i32, to: i32): bool {
    const limit = min(to, from + LEVEL_REACH_BYTES)
    const bracket = this.text.indexBefore(0x5b, from, limit)
    if (bracket === limit) return false
    if (!this.readWebTimeAt(bracket + 1)) return false
    const open = this.text.indexBefore(0x22, bracket, to)
    const close = this.text.indexBefore(0x22, open + 1, to)
    if (close >= to) return false
    this.takeMoment()
    this.level = levelOfStatus(this.integerAt(close + 2))
    this.messageFrom = open + 1
    this.messageTo = close
    return true
  }

  private readWebTimeAt(index: i32): bool {
    this.moments.begin(index)
    const moment = this.moments.moment
    moment.day = this.moments.takeDigits(2)
    if (moment.day < 0 || this.moments.peek() !== 0x2f) return false
    this.moments.index++
    if (!this.moments.readMonthName() || this.moments.peek() !== 0x2f) return false
    this.moments.index++
    moment.year = this.moments.takeDigits(4)
    if (this.moments.peek() !== 0x3a) return false
    this.moments.index++
    if (!this.moments.readTime()) return false
    this.moments.readZone()
    return moment.isValid()
  }

  private takeMoment(): void {
    this.hasTime = true
    this.isZoneAssumed = !this.moments.moment.hasZone
    this.unixMs = this.moments.moment.unixMs()
  }

  private integerAt(index: i32): i32 {
    let value = 0
    for (let at = index; isDigit(this.text.at(at)) && at - index < 6; at++) {
      value = value * 10 + this.text.at(at) - 0x30
    }
    return value
  }
}

/** Signs that part time and level from the message. */
function isLeading(byte: i32): bool {
  return (
    isBlank(byte) ||
    byte === 0x5d ||
    byte === 0x3a ||
    byte === 0x2d ||
    byte === 0x7c ||
    byte === 0x3e ||
    byte === 0x29
  )
}
