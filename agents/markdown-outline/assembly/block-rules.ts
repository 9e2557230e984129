import { isAsciiLetter, isBlank, isDigit, Text } from '../../runtime/text'

const HASH = 0x23
const BACKTICK = 0x60
const TILDE = 0x7e

/** One line, with what the rules of CommonMark ask of every line. */
export class Line {
  /** Where the first byte that is not white space stands; `end` in a blank line. */
  content: i32 = 0
  end: i32 = 0
  /** Columns before `content`, tabs going to the next multiple of four. */
  indent: i32 = 0

  constructor(public text: Text) {}

  set(from: i32, end: i32): void {
    let index = from
    let column = 0
    while (index < end && (this.text.at(index) === 0x20 || this.text.at(index) === 0x09)) {
      column += this.text.at(index) === 0x09 ? 4 - (column & 3) : 1
      index++
    }
    this.content = index
    this.indent = column
    let last = end
    while (last > index && isBlank(this.text.at(last - 1))) last--
    this.end = last
  }

  isBlank(): bool {
    return this.content === this.end
  }

  first(): i32 {
    return this.content < this.end ? this.text.at(this.content) : -1
  }

  /** How many times `byte` stands from `content` on. */
  run(byte: i32): i32 {
    let index = this.content
    while (index < this.end && this.text.at(index) === byte) index++
    return index - this.content
  }
}

/** The level of an ATX heading (CommonMark 4.2); 0 for another line. */
export function atxLevel(line: Line): i32 {
  const level = line.run(HASH)
  if (level < 1 || level > 6) return 0
  const after = line.content + level
  return after === line.end || isBlank(line.text.at(after)) ? level : 0
}

/** The content of an ATX heading, without the closing sequence. */
export function atxContent(line: Line, level: i32): Text {
  let to = line.end
  while (line.text.at(to - 1) === HASH && to > line.content + level) to--
  const isClosed = to < line.end && (to === line.content + level || isBlank(line.text.at(to - 1)))
  return line.text.slice(line.content + level, isClosed ? to : line.end).trim()
}

/** The level of a setext underline (4.3); 0 for another line. */
export function setextLevel(line: Line): i32 {
  const first = line.first()
  if (first !== 0x3d && first !== 0x2d) return 0
  if (line.run(first) !== line.end - line.content) return 0
  return first === 0x3d ? 1 : 2
}

/** The length of an opening code fence (4.5); 0 for another line. */
export function fenceLength(line: Line): i32 {
  const first = line.first()
  if (first !== BACKTICK && first !== TILDE) return 0
  const length = line.run(first)
  if (length < 3) return 0
  if (first === TILDE) return length
  return line.text.indexBefore(BACKTICK, line.content + length, line.end) < line.end ? 0 : length
}

/** Whether the line closes a fence of `length` times `byte`. */
export function closesFence(line: Line, byte: i32, length: i32): bool {
  if (line.indent > 3 || line.first() !== byte) return false
  const run = line.run(byte)
  return run >= length && line.content + run === line.end
}

/** Three or more `*`, `-` or `_` with nothing but white space between them (4.1). */
export function isThematicBreak(line: Line): bool {
  const first = line.first()
  if (first !== 0x2a && first !== 0x2d && first !== 0x5f) return false
  let count = 0
  for (let index = line.content; index < line.end; index++) {
    const byte = line.text.at(index)
    if (byte === first) count++
    else if (!isBlank(byte)) return false
  }
  return count >= 3
}

/**
 * The columns that belong to a list item's marker and the gap behind it (5.2); 0 for another
 * line. An item that would cut a paragraph short must have content, and begin with 1.
 */
export function listMarkerWidth(line: Line, isInParagraph: bool): i32 {
  const marker = markerLength(line, isInParagraph)
  if (marker === 0) return 0
  const after = line.content + marker
  if (after >= line.end) return isInParagraph ? 0 : marker + 1
  if (!isBlank(line.text.at(after))) return 0
  let gap = 0
  while (isBlank(line.text.at(after + gap))) gap++
  return marker + (gap > 4 ? 1 : gap)
}

function markerLength(line: Line, isInParagraph: bool): i32 {
  const first = line.first()
  if (first === 0x2d || first === 0x2b || first === 0x2a) return 1
  let digits = 0
  while (digits < 10 && isDigit(line.text.at(line.content + digits))) digits++
  if (digits === 0 || digits > 9) return 0
  const stop = line.text.at(line.content + digits)
  if (stop !== 0x2e && stop !== 0x29) return 0
  return isInParagraph && (digits > 1 || first !== 0x31) ? 0 : digits + 1
}

/** Whether a tag's name begins at `index`. */
export function tagNameLength(text: Text, index: i32): i32 {
  if (!isAsciiLetter(text.at(index))) return 0
  let to = index
  while (isAsciiLetter(text.at(to)) || isDigit(text.at(to)) || text.at(to) === 0x2d) to++
  return to - index
}
