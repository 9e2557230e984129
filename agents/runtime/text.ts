import { reserve } from './memory'

/**
 * A view of UTF-8 bytes that lie elsewhere: the input mostly. Making one copies nothing, so a
 * program can cut an input of megabytes into pieces within the memory of a small sandbox.
 */
export class Text {
  constructor(
    public start: usize,
    public length: i32,
  ) {}

  /** The bytes of a literal. */
  static of(literal: string): Text {
    const bytes = String.UTF8.encode(literal)
    return new Text(changetype<usize>(bytes), bytes.byteLength)
  }

  /** The byte at `index`, or -1 outside of the text: parsers need no other check for the end. */
  at(index: i32): i32 {
    return <u32>index < <u32>this.length ? <i32>load<u8>(this.start + index) : -1
  }

  slice(from: i32, to: i32): Text {
    return new Text(this.start + from, to - from)
  }

  equals(other: Text): bool {
    return (
      this.length === other.length && memory.compare(this.start, other.start, this.length) === 0
    )
  }

  /** Whether `other` stands at `index`. */
  hasAt(index: i32, other: Text): bool {
    return (
      index >= 0 &&
      other.length <= this.length - index &&
      memory.compare(this.start + index, other.start, other.length) === 0
    )
  }

  /** Where `byte` stands first at or after `from`; the length of the text when it does not. */
  indexOf(byte: i32, from: i32): i32 {
    let index = from
    while (index < this.length && <i32>load<u8>(this.start + index) !== byte) index++
    return index
  }

  /** Like {@link indexOf}, looking no farther than `to`, which it answers when nothing is found. */
  indexBefore(byte: i32, from: i32, to: i32): i32 {
    let index = from
    while (index < to && <i32>load<u8>(this.start + index) !== byte) index++
    return index
  }

  /** Where the line that begins at `from` ends: its LF, or the end of the text. */
  lineEnd(from: i32): i32 {
    return this.indexOf(0x0a, from)
  }

  /** Without ASCII white space at both ends. */
  trim(): Text {
    let from = 0
    let to = this.length
    while (from < to && isBlank(this.at(from))) from++
    while (to > from && isBlank(this.at(to - 1))) to--
    return this.slice(from, to)
  }

  /** The number of Unicode characters: every byte but the continuation bytes. */
  characterCount(): i32 {
    let count = 0
    for (let index = 0; index < this.length; index++) {
      if ((load<u8>(this.start + index) & 0xc0) !== 0x80) count++
    }
    return count
  }

  /** At most `max` characters, cut between characters. */
  truncate(max: i32): Text {
    let count = 0
    for (let index = 0; index < this.length; index++) {
      if ((load<u8>(this.start + index) & 0xc0) === 0x80) continue
      if (count === max) return this.slice(0, index)
      count++
    }
    return this
  }

  /** A copy of its own, for whoever changes bytes in place. */
  copy(): Text {
    const start = reserve(this.length)
    memory.copy(start, this.start, this.length)
    return new Text(start, this.length)
  }

  /** A short piece on one line, for telling people what they wrote. */
  excerpt(charactersMax: i32): string {
    return this.slice(0, this.lineEnd(0)).truncate(charactersMax).toString()
  }

  toString(): string {
    return String.UTF8.decodeUnsafe(this.start, this.length)
  }
}

/** Space, tab, line feed, vertical tab, form feed or carriage return. */
export function isBlank(byte: i32): bool {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

export function isDigit(byte: i32): bool {
  return byte >= 0x30 && byte <= 0x39
}

export function isAsciiLetter(byte: i32): bool {
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x7a
}
