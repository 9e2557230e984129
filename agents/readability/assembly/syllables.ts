import { Text } from '../../runtime/text'
import { characterAt, sequenceLength } from '../../runtime/utf8'

const LETTER_E = 0x65

/**
 * Estimates the syllables of an English word in small letters: groups of vowels, less the silent
 * endings. Right for about nine words of ten, which is what the formulas were made with.
 */
export function countSyllables(word: Text): i32 {
  let count = 0
  let wasVowel = false
  let previous: u32 = 0
  let beforePrevious: u32 = 0
  for (let index = 0; index < word.length; index += sequenceLength(word.at(index))) {
    const character = characterAt(word, index)
    const isVowelHere = isVowel(character)
    if (isVowelHere && (!wasVowel || isHiatus(beforePrevious, previous, character))) count++
    wasVowel = isVowelHere
    beforePrevious = previous
    previous = character
  }
  return max(1, count + spokenEndings(word) - silentEndings(word))
}

function isVowel(character: u32): bool {
  if (character < 0x80) {
    return (
      character === 0x61 ||
      character === LETTER_E ||
      character === 0x69 ||
      character === 0x6f ||
      character === 0x75 ||
      character === 0x79
    )
  }
  const isLatin = character >= 0xe0 && character <= 0xff
  // ç ð ñ ÷ þ are the Latin-1 small letters (and one sign) that are no vowels.
  return (
    isLatin &&
    character !== 0xe7 &&
    character !== 0xf0 &&
    character !== 0xf1 &&
    character !== 0xf7 &&
    character !== 0xfe
  )
}

/** Neighbouring vowels that are mostly spoken apart, as in "radio" and "actual", not in "equal". */
function isHiatus(beforePrevious: u32, previous: u32, character: u32): bool {
  if (previous === 0x69) return character === 0x61 || character === 0x6f || character === 0x75
  const isAfterConsonant = beforePrevious !== 0x71 && beforePrevious !== 0x67
  return previous === 0x75 && character === 0x61 && isAfterConsonant
}

/** In "doing" the vowels on either side of the joint are spoken apart. */
function spokenEndings(word: Text): i32 {
  return hasEnding(word, 'ing') && isAsciiVowel(word.at(word.length - 4)) ? 1 : 0
}

function silentEndings(word: Text): i32 {
  const length = word.length
  if (length < 3) return 0
  if (hasEnding(word, 'tion') || hasEnding(word, 'sion') || hasEnding(word, 'cious')) return 1
  if (hasEnding(word, 'tions') || hasEnding(word, 'sions') || hasEnding(word, 'tious')) return 1
  if (hasEnding(word, 'cial') || hasEnding(word, 'tial')) return 1
  if (hasEnding(word, 'ed')) return isSilentPastAt(word, length - 3) ? 1 : 0
  if (hasEnding(word, 'es')) return isSilentPluralAt(word, length - 3) ? 1 : 0
  if (word.at(length - 1) !== LETTER_E || isAsciiVowel(word.at(length - 2))) return 0
  return word.at(length - 2) === 0x6c && !isAsciiVowel(word.at(length - 3)) ? 0 : 1
}

/** "walked" is one syllable, "wanted" and "needed" are two. */
function isSilentPastAt(word: Text, index: i32): bool {
  const before = word.at(index)
  return before !== 0x74 && before !== 0x64 && !isAsciiVowel(before)
}

/** "makes" is one syllable, "wishes" and "boxes" are two. */
function isSilentPluralAt(word: Text, index: i32): bool {
  const before = word.at(index)
  const isHissing =
    before === 0x73 ||
    before === 0x7a ||
    before === 0x78 ||
    before === 0x63 ||
    before === 0x67 ||
    (before === 0x68 && (word.at(index - 1) === 0x63 || word.at(index - 1) === 0x73))
  return (
    !isHissing && !isAsciiVowel(before) && !(before === 0x6c && !isAsciiVowel(word.at(index - 1)))
  )
}

function isAsciiVowel(byte: i32): bool {
  return byte >= 0 && byte < 0x80 && isVowel(byte)
}

function hasEnding(word: Text, ending: string): bool {
  if (word.length < ending.length) return false
  for (let index = 0; index < ending.length; index++) {
    if (word.at(word.length - ending.length + index) !== ending.charCodeAt(index)) return false
  }
  return true
}

/** Whether the third syllable is only an ending of grammar, which Gunning does not count. */
export function isInflected(word: Text): bool {
  return hasEnding(word, 'ed') || hasEnding(word, 'es') || hasEnding(word, 'ing')
}
