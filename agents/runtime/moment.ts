import { DAY_MS, daysFromDate, daysInMonth, weekdayName, weekdayOf } from './calendar'

/** A date, perhaps with a time and a zone, as it was written. */
export class Moment {
  year: i32 = 0
  month: i32 = 0
  day: i32 = 0
  hour: i32 = 0
  minute: i32 = 0
  second: i32 = 0
  millisecond: i32 = 0
  offsetMinutes: i32 = 0
  /** 1 (Monday) to 7 if a weekday was written, else 0. */
  weekday: i32 = 0
  hasTime: bool = false
  hasZone: bool = false
  hasYear: bool = false

  clear(): void {
    this.year = 0
    this.month = 0
    this.day = 0
    this.hour = 0
    this.minute = 0
    this.second = 0
    this.millisecond = 0
    this.offsetMinutes = 0
    this.weekday = 0
    this.hasTime = false
    this.hasZone = false
    this.hasYear = false
  }

  /** Milliseconds since 1970 in UTC, which a missing zone stands for as well. */
  unixMs(): i64 {
    const days = <i64>daysFromDate(this.year, this.month, this.day)
    const minutes = <i64>this.hour * 60 + this.minute - this.offsetMinutes
    return days * DAY_MS + minutes * 60_000 + <i64>this.second * 1_000 + this.millisecond
  }

  isValid(): bool {
    return (
      this.year >= 1 &&
      this.year <= 9_999 &&
      this.month >= 1 &&
      this.month <= 12 &&
      this.day >= 1 &&
      this.day <= daysInMonth(this.year, this.month) &&
      this.isTimeValid() &&
      (this.weekday === 0 || this.weekday === this.actualWeekday())
    )
  }

  /** What is wrong with it, as a sentence for people. */
  problem(): string {
    if (this.year < 1 || this.year > 9_999) return 'The year must be from 1 to 9999.'
    if (this.month < 1 || this.month > 12) return `There is no month ${this.month}.`
    const last = daysInMonth(this.year, this.month)
    const month = `${this.year}-${this.month.toString().padStart(2, '0')}`
    if (this.day < 1 || this.day > last)
      return `${month} has ${last} days, so there is no day ${this.day}.`
    if (!this.isTimeValid()) return 'The time of day does not exist.'
    return `That day is a ${weekdayName(this.actualWeekday())}, not a ${weekdayName(this.weekday)}.`
  }

  /** 24:00 is the end of a day, and a second 60 is a leap second. */
  private isTimeValid(): bool {
    const isMidnight = this.hour === 24 && this.minute + this.second + this.millisecond === 0
    return (this.hour < 24 || isMidnight) && this.minute < 60 && this.second <= 60
  }

  private actualWeekday(): i32 {
    return weekdayOf(daysFromDate(this.year, this.month, this.day))
  }
}
