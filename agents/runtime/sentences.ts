import { isAsciiLetter, isBlank, isDigit, Text } from './text'
import { characterAt, sequenceLength } from './utf8'
import { isWordCharacter } from './words'

const FULL_STOP: u32 = 0x2e
const LINE_FEED: u32 = 0x0a

/** Short forms that end with a full stop and do not end a sentence; small letters, no spaces. */
const ABBREVIATIONS = Text.of(
  ' mr mrs ms dr prof sr jr st vs e.g i.e cf inc ltd vol fig approx dept gen lt sgt rev hon ',
)
const ABBREVIATION_LENGTH_MAX = 6

/**
 * Finds the sentences of a text, one after the other. A sentence ends with `.`, `!`, `?`, `…` or
 * their full-width forms before white space, or with an empty line. Common abbreviations and
 * single initials ("J. Smith") do not end it. Pieces without a word are passed over.
 */
export class SentenceReader {
  start: i32 = 0
  end: i32 = 0

  constructor(private text: Text) {}

  /** Moves to the next sentence, which then lies from `start` to `end`. */
  next(): bool {
    const text = this.text
    let index = this.end
    while (index < text.length && isBlank(text.at(index))) index++
    this.start = index
    let hasWord = false
    while (index < text.length) {
      const code = characterAt(text, index)
      const after = index + sequenceLength(text.at(index))
      if (!hasWord || !isBreak(code)) {
        hasWord = hasWord || isWordCharacter(code)
        index = after
        continue
      }
      this.end = this.includeClosing(after)
      if (this.isEndAt(index, code)) return true
      index = this.end
    }
    this.end = text.length
    return hasWord
  }

  private isEndAt(index: i32, code: u32): bool {
    const text = this.text
    if (code === LINE_FEED) return isEmptyLineAt(text, index + 1)
    if (isFullWidth(code)) return true
    if (this.end < text.length && !isBlank(text.at(this.end))) return false
    if (isQuotedPartAt(text, this.end)) return false
    return code !== FULL_STOP || !this.isAbbreviatedAt(index)
  }

  /** Further stops, quotes and brackets belong to the sentence that they close. */
  private includeClosing(from: i32): i32 {
    const text = this.text
    let index = from
    while (index < text.length) {
      const code = characterAt(text, index)
      const isClosing =
        code === 0x2e ||
        code === 0x21 ||
        code === 0x3f ||
        code === 0x2026 || // . ! ? …
        code === 0x22 ||
        code === 0x27 ||
        code === 0x29 ||
        code === 0x5d || // " ' ) ]
        code === 0x201d ||
        code === 0x2019 ||
        code === 0xbb // ” ’ »
      if (!isClosing) return index
      index += sequenceLength(text.at(index))
    }
    return index
  }

  private isAbbreviatedAt(stop: i32): bool {
    const text = this.text
    let from = stop
    while (from > this.start && stop - from <= ABBREVIATION_LENGTH_MAX && isPart(text.at(from - 1)))
      from--
    const length = stop - from
    if (length === 1) return isInitial(text.at(from))
    if (length === 0 || length > ABBREVIATION_LENGTH_MAX) return false
    return isListed(text, from, length)
  }
}

/** `.`, `!`, `?`, `…`, their full-width forms, or the end of a line. */
function isBreak(code: u32): bool {
  if (code === FULL_STOP || code === 0x21 || code === 0x3f || code === LINE_FEED) return true
  return code === 0x2026 || isFullWidth(code)
}

/** Scripts that use these put no white space after them. */
function isFullWidth(code: u32): bool {
  return code === 0x3002 || code === 0xff01 || code === 0xff1f || code === 0xff0e
}

/** As in `"Really?" she asked.` */
function isQuotedPartAt(text: Text, end: i32): bool {
  const isQuote = text.at(end - 1) === 0x22 || text.at(end - 1) === 0x27 || text.at(end - 1) >= 0x80
  return isQuote && text.at(end) === 0x20 && text.at(end + 1) >= 0x61 && text.at(end + 1) <= 0x7a
}

/** "I" ends a sentence more often than it stands for a name. */
function isInitial(byte: i32): bool {
  return byte >= 0x41 && byte <= 0x5a && byte !== 0x49
}

function isPart(byte: i32): bool {
  return isAsciiLetter(byte) || byte === <i32>FULL_STOP || isDigit(byte)
}

function isListed(text: Text, from: i32, length: i32): bool {
  for (let at = 0; at + length + 1 < ABBREVIATIONS.length; at++) {
    if (ABBREVIATIONS.at(at) !== 0x20 || ABBREVIATIONS.at(at + length + 1) !== 0x20) continue
    let same = 0
    while (
      same < length &&
      (text.at(from + same) | 0x20) === (ABBREVIATIONS.at(at + 1 + same) | 0x20)
    )
      same++
    if (same === length) return true
  }
  return false
}

function isEmptyLineAt(text: Text, from: i32): bool {
  let index = from
  while (index < text.length && text.at(index) !== <i32>LINE_FEED) {
    if (!isBlank(text.at(index))) return false
    index++
  }
  return index < text.length
}
