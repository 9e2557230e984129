/** Days of the proleptic Gregorian calendar, counted from 1970-01-01. */

export const DAY_MS: i64 = 86_400_000
const DAYS_PER_ERA: i32 = 146_097
/** From 0000-03-01, where eras of 400 years begin, to 1970-01-01. */
const EPOCH_OFFSET_DAYS: i32 = 719_468

export function isLeapYear(year: i32): bool {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

export function daysInMonth(year: i32, month: i32): i32 {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Years begin in March here, so that the leap day is the last one. */
export function daysFromDate(year: i32, month: i32, day: i32): i32 {
  const shifted = month > 2 ? year : year - 1
  const era = floorDivide(shifted, 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_OFFSET_DAYS
}

/** A day taken apart. */
export class CalendarDate {
  year: i32
  month: i32
  day: i32

  constructor(days: i32) {
    const shifted = days + EPOCH_OFFSET_DAYS
    const era = floorDivide(shifted, DAYS_PER_ERA)
    const dayOfEra = shifted - era * DAYS_PER_ERA
    const yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    const shiftedMonth = (5 * dayOfYear + 2) / 153
    this.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    this.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    this.year = yearOfEra + era * 400 + (this.month <= 2 ? 1 : 0)
  }

  dayOfYear(): i32 {
    return daysFromDate(this.year, this.month, this.day) - daysFromDate(this.year, 1, 1) + 1
  }
}

/** 1 is Monday, 7 is Sunday, as in ISO 8601. */
export function weekdayOf(days: i32): i32 {
  return floorModulo(days + 3, 7) + 1
}

const WEEKDAYS: string[] = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
]

export function weekdayName(weekday: i32): string {
  return WEEKDAYS[weekday - 1]
}

/** The first day of week 1 of an ISO year: the Monday of the week that holds January 4th. */
export function firstDayOfIsoYear(year: i32): i32 {
  const fourth = daysFromDate(year, 1, 4)
  return fourth - (weekdayOf(fourth) - 1)
}

/** As ISO 8601 writes weeks, such as `2026-W27`. */
export function isoWeekOf(days: i32): string {
  const thursday = days - (weekdayOf(days) - 1) + 3
  const year = new CalendarDate(thursday).year
  const week = (days - firstDayOfIsoYear(year)) / 7 + 1
  return `${digits(year, 4)}-W${digits(week, 2)}`
}

/** Milliseconds since 1970 as `2026-07-01T08:30:00.000Z`. */
export function formatUtc(milliseconds: i64): string {
  const days = floorDivide64(milliseconds, DAY_MS)
  const rest = <i32>(milliseconds - days * DAY_MS)
  const date = new CalendarDate(<i32>days)
  const day = `${digits(date.year, 4)}-${digits(date.month, 2)}-${digits(date.day, 2)}`
  const hour = `${digits(rest / 3_600_000, 2)}:${digits((rest / 60_000) % 60, 2)}`
  return `${day}T${hour}:${digits((rest / 1_000) % 60, 2)}.${digits(rest % 1_000, 3)}Z`
}

export function floorDivide64(value: i64, divisor: i64): i64 {
  const quotient = value / divisor
  return value % divisor < 0 ? quotient - 1 : quotient
}

function floorDivide(value: i32, divisor: i32): i32 {
  const quotient = value / divisor
  return value % divisor < 0 ? quotient - 1 : quotient
}

function floorModulo(value: i32, divisor: i32): i32 {
  return value - floorDivide(value, divisor) * divisor
}

function digits(value: i32, length: i32): string {
  return value.toString().padStart(length, '0')
}
