import { Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'

const QUOTE = 0x22
const LINE_FEED = 0x0a
const RETURN = 0x0d
const FIELD_BYTES_MAX = 12_582_912
const CANDIDATES: StaticArray<i32> = [0x2c, 0x3b, 0x09, 0x7c]

/**
 * Reads the fields of a CSV text as RFC 4180 defines it, one after the other; rows may end with
 * LF or CR alone as well, and blank rows are passed over. Throws a sentence with the line when a
 * quoted field is never closed.
 */
export class CsvReader {
  /** The field, without quotes. It lies elsewhere after the next field has been read. */
  field: Text = new Text(0, 0)
  isLastOfRow: bool = false
  /** Lines are counted from 1; this is where the field begins. */
  line: i32 = 1
  /** Fields in which something follows the closing quote, or a quote stands in the middle. */
  malformed: i32 = 0
  private index: i32 = 0
  private nextLine: i32 = 1
  private isRowStart: bool = true
  private unescaped: TextBuffer = new TextBuffer(FIELD_BYTES_MAX)

  constructor(
    private text: Text,
    private delimiter: i32,
  ) {}

  /** Goes back to the first field. */
  rewind(): void {
    this.index = 0
    this.nextLine = 1
    this.malformed = 0
    this.isRowStart = true
    this.isLastOfRow = false
  }

  /** Moves to the next field; false after the last one. */
  next(): bool {
    if (this.isRowStart) this.skipBlankRows()
    if (this.index >= this.text.length && this.isRowStart) return false
    this.line = this.nextLine
    if (this.text.at(this.index) === QUOTE) this.readQuoted()
    else this.readPlain()
    this.takeSeparator()
    return true
  }

  private readPlain(): void {
    const from = this.index
    let hasQuote = false
    while (!this.isSeparatorAt(this.index)) {
      if (this.text.at(this.index) === QUOTE) hasQuote = true
      this.index++
    }
    if (hasQuote) this.malformed++
    this.setField(from, this.index)
  }

  private readQuoted(): void {
    const from = ++this.index
    let isDoubled = false
    while (true) {
      this.index = this.findQuote(this.index)
      if (this.text.at(this.index + 1) !== QUOTE) break
      isDoubled = true
      this.index += 2
    }
    this.setField(from, this.index)
    this.index++
    if (isDoubled) this.resolveDoubled()
    if (!this.isSeparatorAt(this.index)) this.readStray(from)
  }

  /** What follows a closing quote is kept with the field, quote and all. */
  private readStray(from: i32): void {
    this.malformed++
    while (!this.isSeparatorAt(this.index)) this.index++
    this.setField(from, this.index)
  }

  private findQuote(from: i32): i32 {
    let index = from
    for (; this.text.at(index) !== QUOTE; index++) {
      if (index >= this.text.length) {
        throw new Error(`The quoted field that begins in line ${this.line} is never closed.`)
      }
      if (this.isLineEndAt(index)) this.nextLine++
    }
    return index
  }

  private resolveDoubled(): void {
    this.unescaped.clear()
    let index = 0
    while (index < this.field.length) {
      const byte = this.field.at(index)
      this.unescaped.appendByte(byte)
      index += byte === QUOTE ? 2 : 1
    }
    this.unescaped.read(this.field)
  }

  private takeSeparator(): void {
    const byte = this.text.at(this.index)
    this.isLastOfRow = byte !== this.delimiter
    this.isRowStart = this.isLastOfRow
    if (this.isLastOfRow) this.takeLineEnd()
    else this.index++
  }

  private takeLineEnd(): void {
    if (this.index >= this.text.length) return
    const isPair = this.text.at(this.index) === RETURN && this.text.at(this.index + 1) === LINE_FEED
    this.index += isPair ? 2 : 1
    this.nextLine++
  }

  private skipBlankRows(): void {
    while (this.text.at(this.index) === LINE_FEED || this.text.at(this.index) === RETURN) {
      this.takeLineEnd()
    }
  }

  private isSeparatorAt(index: i32): bool {
    const byte = this.text.at(index)
    return byte === this.delimiter || byte === LINE_FEED || byte === RETURN || byte < 0
  }

  private isLineEndAt(index: i32): bool {
    const byte = this.text.at(index)
    return byte === LINE_FEED || (byte === RETURN && this.text.at(index + 1) !== LINE_FEED)
  }

  private setField(from: i32, to: i32): void {
    this.field.start = this.text.start + from
    this.field.length = to - from
  }
}

/** Of comma, semicolon, tab and bar, the one that parts the first row most often. */
export function findDelimiter(text: Text): i32 {
  let best = CANDIDATES[0]
  let bestCount = 0
  for (let candidate = 0; candidate < CANDIDATES.length; candidate++) {
    const count = countInFirstRow(text, CANDIDATES[candidate])
    if (count <= bestCount) continue
    best = CANDIDATES[candidate]
    bestCount = count
  }
  return best
}

function countInFirstRow(text: Text, delimiter: i32): i32 {
  let count = 0
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const byte = text.at(index)
    if (byte === QUOTE) isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (byte === delimiter) count++
    else if (byte === LINE_FEED || byte === RETURN) break
  }
  return count
}
