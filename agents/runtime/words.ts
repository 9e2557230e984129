import { casemap } from 'util/casemap'
import { isAsciiLetter, isDigit, Text } from './text'
import { characterAt, sequenceLength, storeCharacter } from './utf8'
import { WORD_CHARACTER_BOUNDARIES, WORD_CHARACTER_BOUNDARY_COUNT } from './word-characters'

const TO_LOWER_CASE = 0
/** No character from here on has letters of two sizes. */
const CASED_CHARACTERS_END: u32 = 0x20000
const HYPHEN = 0x2d
const UNDERSCORE = 0x5f
const APOSTROPHE = 0x27
const RIGHT_SINGLE_QUOTE = 0x2019
const FULL_STOP = 0x2e
const COMMA = 0x2c

/**
 * Finds the words of a text, one after the other: runs of letters, numbers and marks, in which a
 * single hyphen, underscore or apostrophe may stand between two of them, and a full stop or comma
 * between two digits. Scripts that do without spaces (Han, Hiragana, Katakana) count one word per
 * character, as word processors do.
 */
export class WordReader {
  start: i32 = 0
  end: i32 = 0
  private limit: i32

  constructor(private text: Text) {
    this.limit = text.length
  }

  /** Goes on with the words that begin from `from` to `to`. */
  moveTo(from: i32, to: i32): void {
    this.end = from
    this.limit = to
  }

  /** Moves to the next word, which then lies from `start` to `end`. False after the last one. */
  next(): bool {
    let index = this.end
    while (index < this.limit) {
      const length = wordCharacterLength(this.text, index)
      if (length > 0) {
        this.start = index
        this.end = this.findEnd(index, length)
        return true
      }
      index += sequenceLength(this.text.at(index))
    }
    this.start = index
    this.end = index
    return false
  }

  length(): i32 {
    return this.end - this.start
  }

  word(): Text {
    return this.text.slice(this.start, this.end)
  }

  private findEnd(start: i32, firstLength: i32): i32 {
    const text = this.text
    let index = start + firstLength
    if (isIdeographAt(text, start)) return index
    while (index < this.limit) {
      const length = wordCharacterLength(text, index)
      if (length > 0) {
        if (isIdeographAt(text, index)) break
        index += length
        continue
      }
      const joint = jointLength(text, index)
      if (joint === 0) break
      const next = wordCharacterLength(text, index + joint)
      if (next === 0 || isIdeographAt(text, index + joint)) break
      index += joint + next
    }
    return index
  }
}

/** Whether the character, given by its code, is a letter, number or mark. */
export function isWordCharacter(character: u32): bool {
  if (character < 0x80) return isAsciiLetter(<i32>character) || isDigit(<i32>character)
  let low = 0
  let high = WORD_CHARACTER_BOUNDARY_COUNT
  while (low < high) {
    const middle = (low + high) >>> 1
    if (load<u32>(WORD_CHARACTER_BOUNDARIES + ((<usize>middle) << 2)) <= character) low = middle + 1
    else high = middle
  }
  return (low & 1) === 1
}

/**
 * Turns letters into small ones where they lie. The few whose small form needs another number of
 * bytes (such as the Kelvin sign) stay as they are.
 */
export function lowerCaseInPlace(text: Text): void {
  let index = 0
  while (index < text.length) {
    const first = text.at(index)
    if (first < 0x80) {
      if (first >= 0x41 && first <= 0x5a) store<u8>(text.start + index, <u8>(first | 0x20))
      index++
      continue
    }
    const length = sequenceLength(first)
    const lower = lowerCaseOf(characterAt(text, index))
    if (encodedLength(lower) === length) storeCharacter(text.start + index, lower)
    index += length
  }
}

/** The standard library's table covers no more, and its search would not end. */
function lowerCaseOf(character: u32): u32 {
  return character < CASED_CHARACTERS_END ? <u32>casemap(character, TO_LOWER_CASE) : character
}

/** The length in bytes of the word character at `index`; 0 when another one stands there. */
function wordCharacterLength(text: Text, index: i32): i32 {
  const first = text.at(index)
  if (first < 0x80) return first >= 0 && (isAsciiLetter(first) || isDigit(first)) ? 1 : 0
  return isWordCharacter(characterAt(text, index)) ? sequenceLength(first) : 0
}

/** The length of what may stand inside a word at `index`; 0 when nothing such stands there. */
function jointLength(text: Text, index: i32): i32 {
  const first = text.at(index)
  if (first === HYPHEN || first === UNDERSCORE || first === APOSTROPHE) return 1
  if (first === FULL_STOP || first === COMMA) {
    return isDigit(text.at(index - 1)) && isDigit(text.at(index + 1)) ? 1 : 0
  }
  return first >= 0x80 && characterAt(text, index) === RIGHT_SINGLE_QUOTE ? 3 : 0
}

/** Hiragana and Katakana, and the blocks of Han characters. */
function isIdeographAt(text: Text, index: i32): bool {
  if (text.at(index) < 0xe3) return false
  const code = characterAt(text, index)
  return (
    (code >= 0x3041 && code <= 0x30ff) ||
    (code >= 0x31f0 && code <= 0x31ff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x20000 && code <= 0x3ffff)
  )
}

function encodedLength(character: u32): i32 {
  return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4
}
