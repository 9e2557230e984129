import { extend } from './memory'
import { Text } from './text'

const REPLACEMENT_BYTES = 3

/**
 * Makes the newest block valid UTF-8. Each malformed sequence becomes one U+FFFD, counted as the
 * Encoding Standard does ("maximal subpart"), and a byte order mark at the start is left out.
 * It grows the block in place, so nothing may be reserved between reading and repairing.
 */
export function repairUtf8(bytes: Text): Text {
  const text = bytes.hasAt(0, Text.of('\u{feff}')) ? bytes.slice(3, bytes.length) : bytes
  const length = repairedLength(text)
  if (length === text.length && isWellFormed(text)) return text
  const offset = <i32>(text.start - bytes.start)
  const block = extend(bytes.start, offset + length)
  const source = new Text(block + offset + length - text.length, text.length)
  memory.copy(source.start, block + offset, text.length)
  return rewrite(source, block + offset, length)
}

/** The length of the sequence at `index`: positive when well-formed, negative when not. */
export function sequenceAt(text: Text, index: i32): i32 {
  const first = text.at(index)
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return -1
  const second = text.at(index + 1)
  if (second < secondByteMin(first) || second > secondByteMax(first)) return -1
  if (first < 0xe0) return 2
  if ((text.at(index + 2) & ~0x3f) !== 0x80) return -2
  if (first < 0xf0) return 3
  return (text.at(index + 3) & ~0x3f) === 0x80 ? 4 : -3
}

/** The character that begins at `index` of valid UTF-8. */
export function characterAt(text: Text, index: i32): u32 {
  const first = <u32>text.at(index)
  if (first < 0x80) return first
  const second = <u32>text.at(index + 1) & 0x3f
  if (first < 0xe0) return ((first & 0x1f) << 6) | second
  const third = <u32>text.at(index + 2) & 0x3f
  if (first < 0xf0) return ((first & 0x0f) << 12) | (second << 6) | third
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (<u32>text.at(index + 3) & 0x3f)
}

/** How many bytes the character needs whose first byte is given. */
export function sequenceLength(first: i32): i32 {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** Writes a character and answers its length in bytes. Surrogates become U+FFFD. */
export function storeCharacter(target: usize, character: u32): i32 {
  const code = (character & 0xfffff800) === 0xd800 ? 0xfffd : character
  if (code < 0x80) {
    store<u8>(target, <u8>code)
    return 1
  }
  const length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  let rest = code
  for (let index = length - 1; index > 0; index--) {
    store<u8>(target + index, <u8>(0x80 | (rest & 0x3f)))
    rest >>= 6
  }
  const lead: u32 = length === 2 ? 0xc0 : length === 3 ? 0xe0 : 0xf0
  store<u8>(target, <u8>(lead | rest))
  return length
}

function repairedLength(text: Text): i32 {
  let length = 0
  let index = 0
  while (index < text.length) {
    const size = sequenceAt(text, index)
    length += size > 0 ? size : REPLACEMENT_BYTES
    index += abs(size)
  }
  return length
}

function isWellFormed(text: Text): bool {
  let index = 0
  while (index < text.length) {
    const size = sequenceAt(text, index)
    if (size < 0) return false
    index += size
  }
  return true
}

/** Never overtakes its source: what is still to be written is at least what is still to be read. */
function rewrite(source: Text, target: usize, length: i32): Text {
  let to = target
  let index = 0
  while (index < source.length) {
    const size = sequenceAt(source, index)
    if (size > 0) {
      memory.copy(to, source.start + index, size)
      to += size
    } else {
      to += storeCharacter(to, 0xfffd)
    }
    index += abs(size)
  }
  return new Text(target, length)
}

/** The ranges exclude overlong forms, surrogates and what lies beyond U+10FFFF. */
function secondByteMin(first: i32): i32 {
  return first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
}

function secondByteMax(first: i32): i32 {
  return first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
}
