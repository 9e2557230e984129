import { isAsciiLetter, isBlank, Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'

/** Longer headings are cut: nobody wrote them as headings. */
const CONTENT_BYTES_MAX = 1_000
const BACKSLASH = 0x5c
const BACKTICK = 0x60
const LESS = 0x3c
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d
const PARENTHESIS_OPEN = 0x28
const AMPERSAND = 0x26

const partners = new StaticArray<i32>(CONTENT_BYTES_MAX)
const open = new StaticArray<i32>(CONTENT_BYTES_MAX)

/**
 * Appends what a reader sees of inline Markdown: the words of emphasis, code, links and images
 * without their signs, escapes and the common entities resolved, tags left out.
 */
export function appendPlainText(target: TextBuffer, source: Text): void {
  const text = source.length > CONTENT_BYTES_MAX ? source.truncate(CONTENT_BYTES_MAX / 4) : source
  pairBrackets(text)
  appendRange(target, text)
}

function appendRange(target: TextBuffer, text: Text): void {
  const lastTagEnd = lastIndexOf(text, 0x3e)
  let index = 0
  while (index < text.length) {
    const byte = text.at(index)
    if (byte === BACKSLASH && isPunctuation(text.at(index + 1))) {
      index = appendSign(target, text.at(index + 1), index + 2)
    } else if (byte === BACKTICK) index = appendCode(target, text, index)
    else if (byte === LESS && index < lastTagEnd && isTagAt(text, index)) {
      index = skipTag(target, text, index)
    } else if (byte === 0x21 && isLinkAt(text, index + 1)) index++
    else if (byte === BRACKET_OPEN && isLinkAt(text, index)) index++
    else if (byte === BRACKET_CLOSE && isLinkEndAt(text, index)) index = partners[index + 1] + 1
    else if (byte === AMPERSAND) index = appendEntity(target, text, index)
    else if (byte === 0x2a || byte === 0x5f || byte === 0x7e) {
      index = appendUnlessEmphasis(target, text, index)
    } else {
      appendVisible(target, byte)
      index++
    }
  }
}

/** Line ends and runs of white space become one space. */
function appendVisible(target: TextBuffer, byte: i32): void {
  if (!isBlank(byte)) target.appendByte(byte)
  else if (target.length > 0 && target.text().at(target.length - 1) !== 0x20)
    target.appendByte(0x20)
}

/** Notes for each bracket where its partner stands, or -1. One pass, whatever the input. */
function pairBrackets(text: Text): void {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const byte = text.at(index)
    partners[index] = -1
    if (byte === BACKSLASH) {
      index++
      if (index < text.length) partners[index] = -1
    } else if (byte === BRACKET_OPEN || byte === PARENTHESIS_OPEN) {
      open[depth++] = index
    } else if (byte === BRACKET_CLOSE || byte === 0x29) {
      if (depth === 0) continue
      const partner = open[--depth]
      const isPair = (text.at(partner) === BRACKET_OPEN) === (byte === BRACKET_CLOSE)
      partners[partner] = isPair ? index : -1
      partners[index] = isPair ? partner : -1
    }
  }
}

function isLinkAt(text: Text, index: i32): bool {
  return (
    text.at(index) === BRACKET_OPEN && partners[index] >= 0 && isLinkEndAt(text, partners[index])
  )
}

/** A closing bracket with the destination, or the name of one, behind it. */
function isLinkEndAt(text: Text, index: i32): bool {
  const next = text.at(index + 1)
  if (next !== PARENTHESIS_OPEN && next !== BRACKET_OPEN) return false
  return partners[index] >= 0 && partners[index + 1] >= 0
}

function appendCode(target: TextBuffer, text: Text, index: i32): i32 {
  let from = index
  while (text.at(from) === BACKTICK) from++
  const size = from - index
  for (let to = from; to < text.length;) {
    let run = 0
    while (text.at(to + run) === BACKTICK) run++
    if (run === size) {
      for (let at = from; at < to; at++) appendVisible(target, text.at(at))
      return to + run
    }
    to += max(run, 1)
  }
  target.appendBytes(text.start + index, size)
  return from
}

/** A tag, a comment, or an address in angle brackets. */
function isTagAt(text: Text, index: i32): bool {
  const next = text.at(index + 1)
  return isAsciiLetter(next) || next === 0x2f || next === 0x21 || next === 0x3f
}

/** An address in angle brackets stays, a tag goes. */
function skipTag(target: TextBuffer, text: Text, index: i32): i32 {
  const end = text.indexOf(0x3e, index)
  const inside = text.slice(index + 1, end)
  if (inside.indexOf(0x3a, 0) < inside.length && inside.indexOf(0x20, 0) === inside.length) {
    target.append(inside)
  }
  return end + 1
}

function appendEntity(target: TextBuffer, text: Text, index: i32): i32 {
  if (text.hasAt(index, Text.of('&amp;'))) return appendSign(target, 0x26, index + 5)
  if (text.hasAt(index, Text.of('&lt;'))) return appendSign(target, 0x3c, index + 4)
  if (text.hasAt(index, Text.of('&gt;'))) return appendSign(target, 0x3e, index + 4)
  if (text.hasAt(index, Text.of('&quot;'))) return appendSign(target, 0x22, index + 6)
  if (text.hasAt(index, Text.of('&nbsp;'))) return appendSign(target, 0x20, index + 6)
  return appendSign(target, AMPERSAND, index + 1)
}

function appendSign(target: TextBuffer, byte: i32, next: i32): i32 {
  target.appendByte(byte)
  return next
}

/** Takes a whole run of one sign, and leaves it out where it is emphasis. */
function appendUnlessEmphasis(target: TextBuffer, text: Text, from: i32): i32 {
  const byte = text.at(from)
  let to = from + 1
  while (text.at(to) === byte) to++
  if (!isEmphasis(text, from, to)) target.appendBytes(text.start + from, to - from)
  return to
}

/** Stars and double tildes next to a word, and underscores at the edge of one. */
function isEmphasis(text: Text, from: i32, to: i32): bool {
  const byte = text.at(from)
  if (byte === 0x7e) return to - from === 2
  const isAfterGap = from === 0 || isBlank(text.at(from - 1))
  const isBeforeGap = to === text.length || isBlank(text.at(to))
  if (isAfterGap && isBeforeGap) return false
  if (byte === 0x2a) return true
  const isAfterWord = !isAfterGap && !isPunctuation(text.at(from - 1))
  const isBeforeWord = !isBeforeGap && !isPunctuation(text.at(to))
  return !(isAfterWord && isBeforeWord)
}

function lastIndexOf(text: Text, byte: i32): i32 {
  let index = text.length - 1
  while (index >= 0 && text.at(index) !== byte) index--
  return index
}

/** ASCII punctuation, which a backslash can escape. */
export function isPunctuation(byte: i32): bool {
  return (
    (byte >= 0x21 && byte <= 0x2f) ||
    (byte >= 0x3a && byte <= 0x40) ||
    (byte >= 0x5b && byte <= 0x60) ||
    (byte >= 0x7b && byte <= 0x7e)
  )
}
