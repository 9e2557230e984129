import { MomentReader } from '../../runtime/moment-reader'
import { numberLength, parseNumber } from '../../runtime/numbers'
import { isBlank, isDigit, Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'

/** What a value looks like. */
export const VALUE_EMPTY = 0
export const VALUE_INTEGER = 1
export const VALUE_NUMBER = 2
export const VALUE_BOOLEAN = 3
export const VALUE_DATE = 4
export const VALUE_TEXT = 5

/** Different values beyond it are not counted apart. */
export const DISTINCT_MAX = 1_000
const VALUE_BYTES_MAX = 200

/** Gathers what is to be known of one column while its values pass by. */
export class Column {
  name: string = ''
  filled: i32 = 0
  empty: i32 = 0
  values: TextCounter
  shortest: i32 = i32.MAX_VALUE
  longest: i32 = 0
  earliestMs: i64 = i64.MAX_VALUE
  latestMs: i64 = i64.MIN_VALUE
  private kinds: StaticArray<i32> = new StaticArray<i32>(6)

  constructor(rows: i32) {
    this.values = new TextCounter(min(max(rows, 1), DISTINCT_MAX))
  }

  add(value: Text): void {
    const kind = kindOf(value)
    this.kinds[kind]++
    if (kind === VALUE_EMPTY) {
      this.empty++
      return
    }
    this.filled++
    this.count(value)
    const length = value.characterCount()
    this.shortest = min(this.shortest, length)
    this.longest = max(this.longest, length)
    if (kind === VALUE_DATE) {
      this.earliestMs = min(this.earliestMs, dates.moment.unixMs())
      this.latestMs = max(this.latestMs, dates.moment.unixMs())
    }
  }

  /** The narrowest type that all filled values have. */
  type(): string {
    if (this.filled === 0) return 'empty'
    if (this.kinds[VALUE_INTEGER] === this.filled) return 'integer'
    if (this.isNumeric()) return 'number'
    if (this.kinds[VALUE_BOOLEAN] === this.filled) return 'boolean'
    return this.kinds[VALUE_DATE] === this.filled ? 'date' : 'text'
  }

  isNumeric(): bool {
    const numbers = this.kinds[VALUE_INTEGER] + this.kinds[VALUE_NUMBER]
    return this.filled > 0 && numbers === this.filled
  }

  /** Keeps a copy of what is new only: a field lies elsewhere once the next one is read. */
  private count(value: Text): void {
    const known = value.truncate(VALUE_BYTES_MAX)
    const isNew = this.values.find(known.start, known.length) < 0
    if (isNew && this.values.size === DISTINCT_MAX) this.values.isFull = true
    else this.values.addText(isNew ? known.copy() : known)
  }
}

const dates = new MomentReader(new Text(0, 0))

/** What a value, trimmed, looks like. Codes such as "007" are text, since they are no amounts. */
export function kindOf(value: Text): i32 {
  if (value.length === 0) return VALUE_EMPTY
  const first = value.at(0)
  const isSigned = first === 0x2d || first === 0x2b
  if (isDigit(first) || isSigned || first === 0x2e) {
    if (numberLength(value, 0) === value.length) return numberKind(value, isSigned ? 1 : 0)
    return isDate(value) ? VALUE_DATE : VALUE_TEXT
  }
  return isBoolean(value) ? VALUE_BOOLEAN : VALUE_TEXT
}

function numberKind(value: Text, from: i32): i32 {
  if (value.at(from) === 0x30 && isDigit(value.at(from + 1))) return VALUE_TEXT
  for (let index = from; index < value.length; index++) {
    if (!isDigit(value.at(index))) {
      return isFinite(parseNumber(value)) ? VALUE_NUMBER : VALUE_TEXT
    }
  }
  return VALUE_INTEGER
}

function isDate(value: Text): bool {
  if (value.length > 40) return false
  dates.text = value
  dates.begin(0)
  return dates.readIso() && dates.index === value.length && dates.moment.isValid()
}

const TRUE = Text.of('true')
const FALSE = Text.of('false')
const YES = Text.of('yes')
const NO = Text.of('no')

function isBoolean(value: Text): bool {
  if (value.length < 2 || value.length > 5) return false
  return (
    hasLetters(value, TRUE) ||
    hasLetters(value, FALSE) ||
    hasLetters(value, YES) ||
    hasLetters(value, NO)
  )
}

function hasLetters(value: Text, word: Text): bool {
  if (value.length !== word.length) return false
  for (let index = 0; index < word.length; index++) {
    if ((value.at(index) | 0x20) !== word.at(index)) return false
  }
  return true
}

/** Takes white space from both ends, in place. */
export function trimView(view: Text): void {
  while (view.length > 0 && isBlank(view.at(0))) {
    view.start++
    view.length--
  }
  while (view.length > 0 && isBlank(view.at(view.length - 1))) view.length--
}
