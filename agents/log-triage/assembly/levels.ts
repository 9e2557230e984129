import { isAsciiLetter, Text } from '../../runtime/text'

/** From grave to slight; `LEVEL_UNKNOWN` comes last. */
export const LEVEL_FATAL = 0
export const LEVEL_ERROR = 1
export const LEVEL_WARNING = 2
export const LEVEL_INFO = 3
export const LEVEL_DEBUG = 4
export const LEVEL_TRACE = 5
export const LEVEL_UNKNOWN = 6
export const LEVEL_COUNT = 7

export const LEVEL_NAMES: string[] = [
  'fatal',
  'error',
  'warning',
  'info',
  'debug',
  'trace',
  'unknown',
]

/** What programs call the levels. */
const SPELLINGS: string[] = [
  ' fatal critical crit panic emerg emergency alert ',
  ' error err severe failure ',
  ' warn warning ',
  ' info information notice ',
  ' debug fine ',
  ' trace verbose finer finest ',
]
const SPELLING_LENGTH_MAX = 11

/** The level that the letters from `from` to `to` spell in any case. */
export function levelOf(text: Text, from: i32, to: i32): i32 {
  const length = to - from
  if (length < 3 || length > SPELLING_LENGTH_MAX) return LEVEL_UNKNOWN
  for (let level = 0; level < SPELLINGS.length; level++) {
    if (isListed(SPELLINGS[level], text, from, length)) return level
  }
  return LEVEL_UNKNOWN
}

/** The levels of syslog-like numbers that JSON loggers write: 10 is trace, 60 is fatal. */
export function levelOfNumber(number: i32): i32 {
  if (number >= 60) return LEVEL_FATAL
  if (number >= 50) return LEVEL_ERROR
  if (number >= 40) return LEVEL_WARNING
  if (number >= 30) return LEVEL_INFO
  if (number >= 20) return LEVEL_DEBUG
  return number >= 10 ? LEVEL_TRACE : LEVEL_UNKNOWN
}

/** The level of a status that a web server answered. */
export function levelOfStatus(status: i32): i32 {
  if (status >= 500) return LEVEL_ERROR
  return status >= 400 ? LEVEL_WARNING : LEVEL_INFO
}

/**
 * Finds a word that is meant as a level: in capitals, in brackets, before a colon, or as the
 * value of `level=`. Answers where it ends, with the level in `foundLevel`; -1 without one.
 */
export function findLevel(text: Text, from: i32, to: i32): i32 {
  let index = from
  while (index < to) {
    if (!isAsciiLetter(text.at(index))) {
      index++
      continue
    }
    let end = index
    while (end < to && isAsciiLetter(text.at(end))) end++
    const level = levelOf(text, index, end)
    if (level !== LEVEL_UNKNOWN && isMeantAsLevel(text, index, end)) {
      foundLevel = level
      return end
    }
    index = end
  }
  return -1
}

export let foundLevel: i32 = LEVEL_UNKNOWN

function isMeantAsLevel(text: Text, from: i32, to: i32): bool {
  const before = text.at(from - 1)
  const after = text.at(to)
  if (before === 0x5b || before === 0x3c || before === 0x28) return true
  if (before === 0x3d || before === 0x22) return hasLevelKeyBefore(text, from)
  const isAlone = before <= 0x20 || before === 0x5d || before === 0x7c || before === 0x3a
  if (!isAlone) return false
  return after === 0x3a || isInCapitals(text, from, to)
}

function hasLevelKeyBefore(text: Text, from: i32): bool {
  const at = text.at(from - 1) === 0x22 ? from - 2 : from - 1
  if (text.at(at) !== 0x3d) return false
  return (
    text.hasAt(at - 5, Text.of('level')) ||
    text.hasAt(at - 3, Text.of('lvl')) ||
    text.hasAt(at - 8, Text.of('severity'))
  )
}

function isInCapitals(text: Text, from: i32, to: i32): bool {
  for (let index = from; index < to; index++) if (text.at(index) > 0x5a) return false
  return true
}

function isListed(list: string, text: Text, from: i32, length: i32): bool {
  for (let at = 0; at + length + 1 < list.length; at++) {
    if (list.charCodeAt(at) !== 0x20 || list.charCodeAt(at + length + 1) !== 0x20) continue
    let same = 0
    while (same < length && (text.at(from + same) | 0x20) === list.charCodeAt(at + 1 + same)) same++
    if (same === length) return true
  }
  return false
}
