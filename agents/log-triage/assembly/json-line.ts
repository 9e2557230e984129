import { isBlank, Text } from '../../runtime/text'

const QUOTE = 0x22

/**
 * Finds members of a JSON object that fills one line, without parsing what is in them. Loose on
 * purpose: a line that is cut off still gives the members that it has.
 */
export class JsonLine {
  /** Where the value found last lies, without the quotes of a string. */
  from: i32 = 0
  to: i32 = 0
  isString: bool = false

  constructor(private text: Text) {}

  /** Looks for a member named by one of `names`, which are parted and surrounded by spaces. */
  find(start: i32, end: i32, names: Text): bool {
    let depth = 0
    let index = start
    while (index < end) {
      const byte = this.text.at(index)
      if (byte === QUOTE) {
        const close = this.stringEnd(index, end)
        if (depth === 1 && this.isMember(index, close, end, names)) return true
        index = close + 1
        continue
      }
      if (byte === 0x7b || byte === 0x5b) depth++
      else if (byte === 0x7d || byte === 0x5d) depth--
      index++
    }
    return false
  }

  /** Whether a key with one of the names lies from `open` to `close`; if so, notes its value. */
  private isMember(open: i32, close: i32, end: i32, names: Text): bool {
    let index = close + 1
    while (isBlank(this.text.at(index))) index++
    if (this.text.at(index) !== 0x3a || !this.isNamed(open + 1, close, names)) return false
    index++
    while (isBlank(this.text.at(index))) index++
    this.isString = this.text.at(index) === QUOTE
    this.from = this.isString ? index + 1 : index
    this.to = this.isString ? this.stringEnd(index, end) : this.bareEnd(index, end)
    return true
  }

  private isNamed(from: i32, to: i32, names: Text): bool {
    const length = to - from
    for (let at = 0; at + length + 1 < names.length; at++) {
      if (names.at(at) !== 0x20 || names.at(at + length + 1) !== 0x20) continue
      if (memory.compare(names.start + at + 1, this.text.start + from, length) === 0) return true
    }
    return false
  }

  private stringEnd(open: i32, end: i32): i32 {
    let index = open + 1
    while (index < end && this.text.at(index) !== QUOTE) {
      index += this.text.at(index) === 0x5c ? 2 : 1
    }
    return min(index, end)
  }

  private bareEnd(from: i32, end: i32): i32 {
    let index = from
    while (index < end && this.text.at(index) !== 0x2c && this.text.at(index) !== 0x7d) index++
    return index
  }
}
