import { reserve } from './memory'
import { isDigit, Text } from './text'
import { sequenceLength } from './utf8'

const DEPTH_MAX = 512
const VALUES_MAX = 2_500_000
const ENTRY_BYTES: usize = 12

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BRACKET_OPEN = 0x5b
const BACKSLASH = 0x5c
const BRACKET_CLOSE = 0x5d
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d

/** Checks a text against RFC 8259 without recursion, and notes where each value stands. */
export class JsonScanner {
  private index: i32 = 0
  private size: i32 = 0
  private entries: usize = 0
  private depth: i32 = 0
  private parents: StaticArray<i32> = new StaticArray<i32>(DEPTH_MAX)

  constructor(public text: Text) {}

  /** The offset of the value's first byte. */
  startOf(value: i32): i32 {
    return load<i32>(this.entry(value))
  }

  /** The offset behind the value's last byte. */
  endOf(value: i32): i32 {
    return load<i32>(this.entry(value), 4)
  }

  /** The number of the first value that is not inside this one. */
  nextOf(value: i32): i32 {
    return load<i32>(this.entry(value), 8)
  }

  scan(): void {
    this.entries = reserve(<usize>this.countValuesAtMost() * ENTRY_BYTES)
    this.skipBlank()
    if (this.peek() < 0) throw new Error('The input is empty; it must be a JSON document.')
    this.scanValue()
    while (this.depth > 0) this.scanNext()
    this.skipBlank()
    if (this.peek() >= 0) this.reject('the document has ended already')
  }

  /** Every value but the first follows a bracket, a comma or a colon. */
  private countValuesAtMost(): i32 {
    let count = 1
    for (let index = 0; index < this.text.length; index++) {
      const byte = this.text.at(index)
      if (byte === COMMA || byte === COLON || byte === BRACE_OPEN || byte === BRACKET_OPEN) count++
    }
    return min(count, VALUES_MAX)
  }

  /** One value with what leads to it, or one closing bracket. */
  private scanNext(): void {
    const parent = this.parents[this.depth - 1]
    const isObject = this.text.at(this.startOf(parent)) === BRACE_OPEN
    const closing = isObject ? BRACE_CLOSE : BRACKET_CLOSE
    this.skipBlank()
    const isEmpty = this.size === parent + 1
    if (this.peek() === closing) {
      this.index++
      this.depth--
      this.closeValue(parent)
      return
    }
    if (!isEmpty) {
      if (this.peek() !== COMMA) this.reject(isObject ? 'expected , or }' : 'expected , or ]')
      this.index++
      this.skipBlank()
    }
    if (isObject) this.scanKey()
    this.scanValue()
  }

  private scanKey(): void {
    if (this.peek() !== QUOTE) this.reject('expected a key in double quotes')
    const key = this.openValue()
    this.scanString()
    this.closeValue(key)
    this.skipBlank()
    if (this.peek() !== COLON) this.reject('expected : after the key')
    this.index++
    this.skipBlank()
  }

  /** Containers are only opened here; what they hold is the next turns' work. */
  private scanValue(): void {
    const byte = this.peek()
    const value = this.openValue()
    if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      if (this.depth === DEPTH_MAX) this.reject('it is nested more than 512 levels deep')
      this.parents[this.depth++] = value
      this.index++
      return
    }
    if (byte === QUOTE) this.scanString()
    else if (byte === 0x2d || isDigit(byte)) this.scanNumber()
    else if (byte === 0x74) this.scanWord(Text.of('true'))
    else if (byte === 0x66) this.scanWord(Text.of('false'))
    else if (byte === 0x6e) this.scanWord(Text.of('null'))
    else this.reject('expected a value')
    this.closeValue(value)
  }

  private scanString(): void {
    this.index++
    while (this.peek() !== QUOTE) {
      const byte = this.peek()
      if (byte < 0x20)
        this.reject(byte < 0 ? 'a string is not closed' : 'a control character must be escaped')
      this.index++
      if (byte === BACKSLASH) this.scanEscape()
    }
    this.index++
  }

  private scanEscape(): void {
    const byte = this.peek()
    if (byte === 0x75) {
      for (let digit = 1; digit <= 4; digit++) {
        if (hexadecimalValue(this.text.at(this.index + digit)) < 0)
          this.reject('expected four hexadecimal digits after \\u')
      }
      this.index += 5
      return
    }
    const isKnown =
      byte === QUOTE ||
      byte === BACKSLASH ||
      byte === 0x2f || // " \ /
      byte === 0x62 ||
      byte === 0x66 ||
      byte === 0x6e ||
      byte === 0x72 ||
      byte === 0x74 // b f n r t
    if (!isKnown) this.reject('unknown escape in a string')
    this.index++
  }

  private scanNumber(): void {
    if (this.peek() === 0x2d) this.index++
    if (this.peek() === 0x30) this.index++
    else this.scanDigits()
    if (this.peek() === 0x2e) {
      this.index++
      this.scanDigits()
    }
    if ((this.peek() | 0x20) === 0x65) {
      this.index++
      if (this.peek() === 0x2b || this.peek() === 0x2d) this.index++
      this.scanDigits()
    }
  }

  private scanDigits(): void {
    if (!isDigit(this.peek())) this.reject('expected a digit')
    while (isDigit(this.peek())) this.index++
  }

  private scanWord(word: Text): void {
    if (!this.text.hasAt(this.index, word)) this.reject('expected a value')
    this.index += word.length
  }

  private openValue(): i32 {
    if (this.size === VALUES_MAX)
      throw new Error('The JSON document has more than 2,500,000 keys and values.')
    store<i32>(this.entry(this.size), this.index)
    return this.size++
  }

  private closeValue(value: i32): void {
    store<i32>(this.entry(value), this.index, 4)
    store<i32>(this.entry(value), this.size, 8)
  }

  private entry(value: i32): usize {
    return this.entries + <usize>value * ENTRY_BYTES
  }

  private peek(): i32 {
    return this.text.at(this.index)
  }

  private skipBlank(): void {
    let byte = this.peek()
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      this.index++
      byte = this.peek()
    }
  }

  private reject(reason: string): void {
    throw new Error(`The input is not valid JSON: ${reason}, at ${placeOf(this.text, this.index)}.`)
  }
}

/** "line 3, column 5", both counted from 1, columns in characters. */
export function placeOf(text: Text, index: i32): string {
  let line = 1
  let lineStart = 0
  for (let at = 0; at < index && at < text.length; at++) {
    if (text.at(at) !== 0x0a) continue
    line++
    lineStart = at + 1
  }
  let column = 1
  for (let at = lineStart; at < index && at < text.length; at += sequenceLength(text.at(at)))
    column++
  return `line ${line}, column ${column}`
}

/** The value of a hexadecimal digit; -1 for any other byte. */
export function hexadecimalValue(byte: i32): i32 {
  if (isDigit(byte)) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
