import { hexadecimalValue } from './json-scanner'
import { reserve } from './memory'
import { Text } from './text'
import { storeCharacter } from './utf8'

const BACKSLASH = 0x5c

/**
 * Resolves the escapes of a valid JSON string, given without its quotes. Without any, the text is
 * answered as it lies. A surrogate that has lost its partner becomes U+FFFD.
 */
export function decodeJsonString(source: Text): Text {
  const first = source.indexOf(BACKSLASH, 0)
  if (first === source.length) return source
  const target = reserve(source.length)
  memory.copy(target, source.start, first)
  let to = target + first
  let index = first
  while (index < source.length) {
    to += decodeUnit(source, index, to)
    index += unitLength(source, index)
  }
  return new Text(target, <i32>(to - target))
}

/** Whether the JSON string from `from` to `to`, quotes excluded, says `expected`. */
export function equalsJsonString(source: Text, from: i32, to: i32, expected: Text): bool {
  if (to - from === expected.length && source.hasAt(from, expected)) return true
  let index = from
  let compared = 0
  while (index < to) {
    const length = decodeUnit(source, index, unit)
    if (length > expected.length - compared) return false
    if (memory.compare(unit, expected.start + compared, length) !== 0) return false
    compared += length
    index += unitLength(source, index)
  }
  return compared === expected.length
}

const unit = memory.data(4)

/** Writes one byte, or the character of one escape, and answers how many bytes it wrote (1 to 4). */
export function decodeUnit(source: Text, index: i32, target: usize): i32 {
  const byte = source.at(index)
  if (byte === BACKSLASH && source.at(index + 1) === 0x75) {
    return storeCharacter(target, escapedCharacter(source, index))
  }
  store<u8>(target, <u8>(byte === BACKSLASH ? simpleEscape(source.at(index + 1)) : byte))
  return 1
}

/** How many bytes of the source {@link decodeUnit} has read. */
export function unitLength(source: Text, index: i32): i32 {
  if (source.at(index) !== BACKSLASH) return 1
  if (source.at(index + 1) !== 0x75) return 2
  return escapedCharacter(source, index) > 0xffff ? 12 : 6
}

/** The character of the `\u` escape at `index`, joined with the one behind it if they are a pair. */
function escapedCharacter(source: Text, index: i32): u32 {
  const high = fourDigits(source, index + 2)
  if ((high & 0xfffffc00) !== 0xd800) return high
  if (source.at(index + 6) !== BACKSLASH || source.at(index + 7) !== 0x75) return high
  const low = fourDigits(source, index + 8)
  if ((low & 0xfffffc00) !== 0xdc00) return high
  return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff)
}

function fourDigits(source: Text, index: i32): u32 {
  let value: u32 = 0
  for (let digit = 0; digit < 4; digit++) {
    value = (value << 4) | <u32>hexadecimalValue(source.at(index + digit))
  }
  return value
}

function simpleEscape(byte: i32): i32 {
  if (byte === 0x6e) return 0x0a
  if (byte === 0x74) return 0x09
  if (byte === 0x72) return 0x0d
  if (byte === 0x62) return 0x08
  return byte === 0x66 ? 0x0c : byte
}
