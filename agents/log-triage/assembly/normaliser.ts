import { hexadecimalValue } from '../../runtime/json-scanner'
import { isAsciiLetter, isBlank, isDigit, Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'

const TEMPLATE_BYTES_MAX = 400
const QUOTED_BYTES_MAX = 200
const HEXADECIMAL_DIGITS_MIN = 8
const UUID_LENGTH = 36

const UUID = Text.of('<uuid>')
const ADDRESS = Text.of('<ip>')
const HEXADECIMAL = Text.of('<hex>')
const NUMBER = Text.of('<n>')
const STRING = Text.of('<text>')

/**
 * Writes what stays the same when a message is logged again: numbers, ids, addresses and quoted
 * texts are replaced by what they are. Long messages are cut.
 */
export function normalise(target: TextBuffer, text: Text, from: i32, to: i32): void {
  let index = from
  while (index < to && target.length < TEMPLATE_BYTES_MAX) {
    const byte = text.at(index)
    const isWordStart = !isWordByte(text.at(index - 1)) || index === from
    if (isBlank(byte)) index = takeBlank(target, text, index, to)
    else if (byte === 0x22 || byte === 0x27) index = takeQuoted(target, text, index, to)
    else if (isWordStart && isUuidAt(text, index, to))
      index = take(target, UUID, index + UUID_LENGTH)
    else if (isWordStart && hexadecimalLength(text, index, to) > 0) {
      index = take(target, HEXADECIMAL, index + hexadecimalLength(text, index, to))
    } else if (isDigit(byte)) index = takeNumber(target, text, index, to)
    else {
      target.appendByte(byte)
      index++
    }
  }
  dropCutCharacter(target, text, index, to)
}

function take(target: TextBuffer, placeholder: Text, next: i32): i32 {
  target.append(placeholder)
  return next
}

function takeBlank(target: TextBuffer, text: Text, from: i32, to: i32): i32 {
  let index = from
  while (index < to && isBlank(text.at(index))) index++
  if (index < to) target.appendByte(0x20)
  return index
}

/** An apostrophe inside of a word opens no quotation. */
function takeQuoted(target: TextBuffer, text: Text, from: i32, to: i32): i32 {
  const quote = text.at(from)
  const limit = min(to, from + QUOTED_BYTES_MAX)
  let end = from + 1
  while (end < limit && text.at(end) !== quote) end++
  const isQuotation = end < limit && !isWordByte(text.at(from - 1)) && !isWordByte(text.at(end + 1))
  target.appendByte(quote)
  if (!isQuotation) return from + 1
  target.append(STRING)
  target.appendByte(quote)
  return end + 1
}

/** A number with its fraction or groups of digits, or an IPv4 address with its port. */
function takeNumber(target: TextBuffer, text: Text, from: i32, to: i32): i32 {
  let index = from
  let points = 0
  while (index < to) {
    const byte = text.at(index)
    const isJoint = (byte === 0x2e || byte === 0x2c) && isDigit(text.at(index + 1))
    if (!isDigit(byte) && !isJoint) break
    if (byte === 0x2e) points++
    index++
  }
  if (points !== 3) return take(target, NUMBER, index)
  if (text.at(index) === 0x3a && isDigit(text.at(index + 1))) {
    index++
    while (index < to && isDigit(text.at(index))) index++
  }
  return take(target, ADDRESS, index)
}

function isUuidAt(text: Text, from: i32, to: i32): bool {
  if (from + UUID_LENGTH > to || isWordByte(text.at(from + UUID_LENGTH))) return false
  for (let at = 0; at < UUID_LENGTH; at++) {
    const isHyphen = at === 8 || at === 13 || at === 18 || at === 23
    const byte = text.at(from + at)
    if (isHyphen ? byte !== 0x2d : hexadecimalValue(byte) < 0) return false
  }
  return true
}

/** `0x1f`, or a whole word of eight or more digits of which one at least is a letter and one not. */
function hexadecimalLength(text: Text, from: i32, to: i32): i32 {
  const isPrefixed = text.at(from) === 0x30 && (text.at(from + 1) | 0x20) === 0x78
  let index = isPrefixed ? from + 2 : from
  let letters = 0
  while (index < to && hexadecimalValue(text.at(index)) >= 0) {
    if (isAsciiLetter(text.at(index))) letters++
    index++
  }
  const length = index - from
  if (isWordByte(text.at(index))) return 0
  if (isPrefixed) return length > 2 ? length : 0
  return length >= HEXADECIMAL_DIGITS_MIN && letters > 0 && letters < length ? length : 0
}

/** A character that was cut in the middle goes as a whole. */
function dropCutCharacter(target: TextBuffer, text: Text, index: i32, to: i32): void {
  if (index >= to || (text.at(index) & 0xc0) !== 0x80) return
  const made = target.text()
  let length = made.length
  while (length > 0 && (made.at(length - 1) & 0xc0) === 0x80) length--
  target.length = max(0, length - 1)
}

function isWordByte(byte: i32): bool {
  return isAsciiLetter(byte) || isDigit(byte) || byte === 0x5f || byte >= 0x80
}
