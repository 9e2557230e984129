import { CalendarDate, daysFromDate, firstDayOfIsoYear } from './calendar'
import { Moment } from './moment'
import { isAsciiLetter, isDigit, Text } from './text'

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec'
const WEEKDAYS = 'montuewedthufrisatsun'
const MINUS = 0x2d
const COLON = 0x3a
const SPACE = 0x20
const PLUS = 0x2b
const LETTER_T = 0x54
const LETTER_W = 0x57
const LETTER_Z = 0x5a

/** Zones that mail and logs name, with their minutes east of Greenwich (RFC 2822, 4.3). */
const ZONES: string[] = ['GMT', 'UTC', 'UT', 'EST', 'EDT', 'CST', 'CDT', 'MST', 'MDT', 'PST', 'PDT']
const ZONE_MINUTES: StaticArray<i32> = [0, 0, 0, -300, -240, -360, -300, -420, -360, -480, -420]

/** Reads the parts that dates are made of, moving on over what it has understood. */
export class MomentReader {
  index: i32 = 0
  moment: Moment = new Moment()

  constructor(public text: Text) {}

  begin(index: i32): void {
    this.index = index
    this.moment.clear()
  }

  /** `2026-07-01`, `20260701`, `2026-182`, `2026-W27-3` or `2026-07`, and what may follow. */
  readIso(): bool {
    return this.readIsoDate() && this.readIsoRest()
  }

  private readIsoDate(): bool {
    const year = this.takeDigits(4)
    if (year < 0) return false
    this.moment.year = year
    this.moment.hasYear = true
    const separator = this.peek()
    if (isDigit(separator)) return this.readBasicDate()
    if (separator !== MINUS && separator !== 0x2f) return false
    this.index++
    if (this.peek() === LETTER_W) return this.readWeekDate()
    const count = this.countDigits()
    if (count === 3 && separator === MINUS) return this.setDayOfYear(this.takeDigits(3))
    if (count < 1 || count > 2) return false
    this.moment.month = this.takeDigits(count)
    this.moment.day = 1
    if (this.peek() !== separator) return count === 2 && separator === MINUS
    this.index++
    return this.readDay()
  }

  private readBasicDate(): bool {
    this.moment.month = this.takeDigits(2)
    this.moment.day = this.takeDigits(2)
    return this.moment.day >= 0 && !isDigit(this.peek())
  }

  private readDay(): bool {
    const count = this.countDigits()
    if (count < 1 || count > 2) return false
    this.moment.day = this.takeDigits(count)
    return true
  }

  private readWeekDate(): bool {
    this.index++
    const week = this.takeDigits(2)
    let weekday = 1
    if (this.peek() === MINUS) {
      this.index++
      weekday = this.takeDigits(1)
    }
    if (week < 1 || week > 53 || weekday < 1 || weekday > 7) return false
    const year = this.moment.year
    const monday = firstDayOfIsoYear(year) + (week - 1) * 7
    if (monday >= firstDayOfIsoYear(year + 1)) return false
    return this.setDate(monday + weekday - 1)
  }

  private setDayOfYear(day: i32): bool {
    const year = this.moment.year
    if (day < 1 || day > daysFromDate(year + 1, 1, 1) - daysFromDate(year, 1, 1)) return false
    return this.setDate(daysFromDate(year, 1, 1) + day - 1)
  }

  private setDate(days: i32): bool {
    const date = new CalendarDate(days)
    this.moment.year = date.year
    this.moment.month = date.month
    this.moment.day = date.day
    return true
  }

  /** A time may follow after `T` or a space, and a zone after the time. */
  private readIsoRest(): bool {
    const separator = this.peek()
    if ((separator & 0xdf) !== LETTER_T && separator !== SPACE) return true
    if (!isDigit(this.text.at(this.index + 1))) return separator === SPACE
    this.index++
    return this.readTime() && (this.readZone() || true)
  }

  /** `08:30`, `08:30:15`, `08:30:15.250` (or a comma), `083015`; `pm` may follow. */
  readTime(): bool {
    const count = this.countDigits()
    if (count === 4 || count === 6) {
      this.moment.hour = this.takeDigits(2)
      this.moment.minute = this.takeDigits(2)
      if (count === 6) this.moment.second = this.takeDigits(2)
    } else {
      if (count < 1 || count > 2) return false
      this.moment.hour = this.takeDigits(count)
      if (!this.readMinutes()) return false
    }
    this.moment.hasTime = true
    this.readFraction()
    return this.readHalfOfDay()
  }

  private readMinutes(): bool {
    if (this.peek() !== COLON) return this.isHalfOfDayHere()
    this.index++
    this.moment.minute = this.takeDigits(2)
    if (this.moment.minute < 0) return false
    if (this.peek() !== COLON) return true
    this.index++
    this.moment.second = this.takeDigits(2)
    return this.moment.second >= 0
  }

  /** Digits beyond milliseconds are passed over. */
  private readFraction(): void {
    const byte = this.peek()
    if ((byte !== 0x2e && byte !== 0x2c) || !isDigit(this.text.at(this.index + 1))) return
    this.index++
    let weight = 100
    while (isDigit(this.peek())) {
      this.moment.millisecond += weight * (this.peek() - 0x30)
      weight /= 10
      this.index++
    }
  }

  private readHalfOfDay(): bool {
    if (!this.isHalfOfDayHere()) return true
    if (this.peek() === SPACE) this.index++
    const isAfternoon = (this.peek() | 0x20) === 0x70
    this.index += 2
    if (this.moment.hour < 1 || this.moment.hour > 12) return false
    this.moment.hour = (this.moment.hour % 12) + (isAfternoon ? 12 : 0)
    return true
  }

  private isHalfOfDayHere(): bool {
    const at = this.peek() === SPACE ? this.index + 1 : this.index
    const first = this.text.at(at) | 0x20
    const isMark = (first === 0x61 || first === 0x70) && (this.text.at(at + 1) | 0x20) === 0x6d
    return isMark && !isAsciiLetter(this.text.at(at + 2))
  }

  /** `Z`, `+02:00`, `+0200`, `+02`, `GMT`, `EST`; a space may stand before it. */
  readZone(): bool {
    const before = this.index
    if (this.peek() === SPACE) this.index++
    if (this.readOffset() || this.readZoneName()) {
      this.moment.hasZone = true
      return true
    }
    this.index = before
    return false
  }

  private readOffset(): bool {
    const sign = this.peek()
    if (sign !== PLUS && sign !== MINUS) return false
    this.index++
    const hours = this.takeDigits(2)
    if (hours < 0 || hours > 23) return false
    let minutes = 0
    if (this.peek() === COLON) this.index++
    if (isDigit(this.peek())) minutes = this.takeDigits(2)
    if (minutes < 0 || minutes > 59) return false
    this.moment.offsetMinutes = (sign === MINUS ? -1 : 1) * (hours * 60 + minutes)
    return true
  }

  private readZoneName(): bool {
    if ((this.peek() & 0xdf) === LETTER_Z && !isAsciiLetter(this.text.at(this.index + 1))) {
      this.index++
      return true
    }
    for (let zone = 0; zone < ZONES.length; zone++) {
      if (!this.hasLettersAt(ZONES[zone])) continue
      this.index += ZONES[zone].length
      this.moment.offsetMinutes = ZONE_MINUTES[zone]
      return true
    }
    return false
  }

  private hasLettersAt(letters: string): bool {
    for (let at = 0; at < letters.length; at++) {
      if (this.text.at(this.index + at) !== letters.charCodeAt(at)) return false
    }
    return !isAsciiLetter(this.text.at(this.index + letters.length))
  }

  /** A month's name or its first three letters; a full stop may follow. False without one. */
  readMonthName(): bool {
    const month = this.takeName(MONTHS)
    if (month > 0) this.moment.month = month
    return month > 0
  }

  /** A weekday's name or its first three letters; a comma may follow. False without one. */
  readWeekdayName(): bool {
    const weekday = this.takeName(WEEKDAYS)
    if (weekday > 0) this.moment.weekday = weekday
    return weekday > 0
  }

  /** Three letters decide; further letters belong to the name. */
  private takeName(names: string): i32 {
    for (let name = 0; name * 3 < names.length; name++) {
      let same = 0
      while (same < 3 && (this.peekAt(same) | 0x20) === names.charCodeAt(name * 3 + same)) same++
      if (same < 3) continue
      while (isAsciiLetter(this.peek())) this.index++
      if (this.peek() === 0x2e || this.peek() === 0x2c) this.index++
      return name + 1
    }
    return 0
  }

  skipSpaces(): void {
    while (this.peek() === SPACE || this.peek() === 0x09) this.index++
  }

  /** Exactly `count` digits; -1, and no move, when fewer stand here. */
  takeDigits(count: i32): i32 {
    let value = 0
    for (let at = 0; at < count; at++) {
      const byte = this.peekAt(at)
      if (!isDigit(byte)) return -1
      value = value * 10 + byte - 0x30
    }
    this.index += count
    return value
  }

  countDigits(): i32 {
    let count = 0
    while (count < 20 && isDigit(this.peekAt(count))) count++
    return count
  }

  peek(): i32 {
    return this.text.at(this.index)
  }

  private peekAt(offset: i32): i32 {
    return this.text.at(this.index + offset)
  }
}
