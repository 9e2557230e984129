import { flush, putByte, putText } from './output'
import { Text } from './text'

const COMMA = 0x2c
const LINE_FEED = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Integers beyond it are not exact in a double. */
const SAFE_INTEGER_MAX: f64 = 9_007_199_254_740_991

/**
 * Writes one JSON document to stdout while it is being made, indented for people. The caller
 * keeps the order: a key before each value of an object, every end after its begin.
 */
export class JsonWriter {
  private depth: i32 = 0
  private isFirst: bool = true
  private isAfterKey: bool = false

  beginObject(): void {
    this.begin(0x7b)
  }

  endObject(): void {
    this.end(0x7d)
  }

  beginArray(): void {
    this.begin(0x5b)
  }

  endArray(): void {
    this.end(0x5d)
  }

  key(name: string): JsonWriter {
    return this.keyText(Text.of(name))
  }

  keyText(name: Text): JsonWriter {
    this.separate()
    putQuoted(name)
    putText(Text.of(': '))
    this.isAfterKey = true
    return this
  }

  string(value: string): void {
    this.text(Text.of(value))
  }

  /** `value` must be valid UTF-8. */
  text(value: Text): void {
    this.separate()
    putQuoted(value)
  }

  /** A string in pieces: any number of {@link piece}, then {@link endString}. */
  beginString(): void {
    this.separate()
    putByte(QUOTE)
  }

  /** `value` must be valid UTF-8, and end between two characters. */
  piece(value: Text): void {
    putEscaped(value)
  }

  endString(): void {
    putByte(QUOTE)
  }

  integer(value: i64): void {
    this.raw(Text.of(value.toString()))
  }

  /** The shortest digits that read back as `value`; null where JSON has no number for it. */
  number(value: f64): void {
    this.raw(Text.of(formatNumber(value)))
  }

  boolean(value: bool): void {
    this.raw(Text.of(value ? 'true' : 'false'))
  }

  null(): void {
    this.raw(Text.of('null'))
  }

  /** `json` must be a JSON value; it is copied as it is. */
  raw(json: Text): void {
    this.separate()
    putText(json)
  }

  /** Ends the document and hands it to the host. */
  finish(): void {
    putByte(LINE_FEED)
    flush()
  }

  private begin(bracket: i32): void {
    this.separate()
    putByte(bracket)
    this.depth++
    this.isFirst = true
  }

  private end(bracket: i32): void {
    this.depth--
    if (!this.isFirst) this.newLine()
    putByte(bracket)
    this.isFirst = false
  }

  private separate(): void {
    if (this.isAfterKey) {
      this.isAfterKey = false
      return
    }
    if (this.depth === 0) return
    if (!this.isFirst) putByte(COMMA)
    this.isFirst = false
    this.newLine()
  }

  private newLine(): void {
    putByte(LINE_FEED)
    for (let level = 0; level < this.depth; level++) putText(INDENTATION)
  }
}

const INDENTATION = Text.of('  ')

/** A number as JSON writes it. */
export function formatNumber(value: f64): string {
  if (!isFinite(value)) return 'null'
  if (value === Math.trunc(value) && Math.abs(value) <= SAFE_INTEGER_MAX) {
    return (<i64>value).toString()
  }
  const digits = value.toString()
  return digits.endsWith('.0') ? digits.substring(0, digits.length - 2) : digits
}

/** Rounds to `places` decimals, for figures that people read. */
export function round(value: f64, places: i32): f64 {
  const scale = Math.pow(10, places)
  const scaled = value * scale
  return Math.abs(scaled) < SAFE_INTEGER_MAX ? Math.round(scaled) / scale : value
}

function putQuoted(value: Text): void {
  putByte(QUOTE)
  putEscaped(value)
  putByte(QUOTE)
}

function putEscaped(value: Text): void {
  let copied = 0
  for (let index = 0; index < value.length; index++) {
    const byte = value.at(index)
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH && byte !== 0x7f) continue
    putRun(value.start + copied, index - copied)
    putEscape(byte)
    copied = index + 1
  }
  putRun(value.start + copied, value.length - copied)
}

/** Short runs are the rule, and go without making a Text for each. */
function putRun(start: usize, length: i32): void {
  if (length > 64) {
    putText(new Text(start, length))
    return
  }
  for (let index = 0; index < length; index++) putByte(load<u8>(start + index))
}

function putEscape(byte: i32): void {
  putByte(BACKSLASH)
  if (byte === QUOTE || byte === BACKSLASH) putByte(byte)
  else if (byte === LINE_FEED) putByte(0x6e)
  else if (byte === 0x0d) putByte(0x72)
  else if (byte === 0x09) putByte(0x74)
  else {
    putText(UNICODE_ESCAPE)
    putByte(0x30 + (byte >> 4))
    putByte(hexadecimalDigit(byte & 15))
  }
}

const UNICODE_ESCAPE = Text.of('u00')

/** The lower-case digit of a value from 0 to 15. */
export function hexadecimalDigit(value: i32): i32 {
  return value < 10 ? 0x30 + value : 0x57 + value
}
