import { isAsciiLetter, Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { lowerCaseInPlace, WordReader } from '../../runtime/words'
import { degreeWords, negatingWords, opinionWords, WordList } from './lexicon'

/** "Would not call the manual bad" is still turned round; what stands farther off is not. */
const NEGATION_REACH = 4
/** "Not good" is bad, but less so than "bad". */
const NEGATION_FACTOR: f64 = -0.7
const SHOUTED_FACTOR: f64 = 1.25
/** What stands before "but" counts less than what comes after. */
const BEFORE_BUT_FACTOR: f64 = 0.5
const EXCLAMATION_FACTOR: f64 = 0.1
const EXCLAMATIONS_MAX = 3
/** Bends sums into -1 to 1: two strong words bring about two thirds. */
const SOFTNESS: f64 = 15
const WORD_BYTES_MAX = 40
const OPINIONS_LISTED_MAX = 5_000

const NOT = Text.of('not ')
const negated = new Text(memory.data(48), 0)

/** Judges one sentence after the other and remembers which words decided. */
export class SentenceJudge {
  positiveWords: TextCounter = new TextCounter(OPINIONS_LISTED_MAX)
  negativeWords: TextCounter = new TextCounter(OPINIONS_LISTED_MAX)
  /** Opinion words in the last sentence. */
  opinions: i32 = 0
  private opinionList: WordList = opinionWords()
  private degreeList: WordList = degreeWords()
  private negatingList: WordList = negatingWords()
  private word: WordReader
  private lower: Text
  private original: Text
  private sum: f64 = 0
  private degree: f64 = 1
  private sinceNegation: i32 = 0

  /** `text` is what people wrote, `lowered` the same bytes in small letters. */
  constructor(text: Text, lowered: Text) {
    this.original = text
    this.lower = lowered
    this.word = new WordReader(lowered)
  }

  /** The sentence from `from` to `to` on a scale from -1 to 1. */
  judge(from: i32, to: i32): f64 {
    this.word.moveTo(from, to)
    this.sum = 0
    this.degree = 1
    this.opinions = 0
    this.sinceNegation = NEGATION_REACH + 1
    while (this.word.next()) {
      if (this.word.length() <= WORD_BYTES_MAX) this.weigh()
    }
    const emphasis =
      1 + EXCLAMATION_FACTOR * min(countExclamations(this.lower, from, to), EXCLAMATIONS_MAX)
    const sum = this.sum * emphasis
    return sum / Math.sqrt(sum * sum + SOFTNESS)
  }

  private weigh(): void {
    const start = this.lower.start + this.word.start
    const length = this.word.length()
    this.sinceNegation++
    if (isBut(start, length)) {
      this.sum *= BEFORE_BUT_FACTOR
      this.sinceNegation = NEGATION_REACH + 1
      return
    }
    const value = this.opinionList.valueOf(start, length)
    if (value !== 0) this.add(value)
    if (this.negatingList.valueOf(start, length) !== 0) this.sinceNegation = 0
    const degree = this.degreeList.valueOf(start, length)
    this.degree = degree === 0 ? 1 : this.degree * degree
  }

  private add(value: f64): void {
    const isNegated = this.sinceNegation <= NEGATION_REACH
    const shouted = isShouted(this.original, this.word.start, this.word.end) ? SHOUTED_FACTOR : 1
    const weight = value * min(this.degree, 2) * shouted * (isNegated ? NEGATION_FACTOR : 1)
    this.sum += weight
    this.opinions++
    const words = weight > 0 ? this.positiveWords : this.negativeWords
    if (isNegated) this.noteNegated(words)
    else words.add(this.lower.start + this.word.start, this.word.length())
  }

  /** Listed as "not …", and copied the first time, since no such words stand in the text. */
  private noteNegated(words: TextCounter): void {
    memory.copy(negated.start, NOT.start, NOT.length)
    memory.copy(negated.start + NOT.length, this.lower.start + this.word.start, this.word.length())
    negated.length = NOT.length + this.word.length()
    const isKnown = words.find(negated.start, negated.length) >= 0
    words.addText(isKnown ? negated : negated.copy())
  }
}

/** A copy of the text in small letters, byte by byte in the same places. */
export function loweredCopy(text: Text): Text {
  const copy = text.copy()
  lowerCaseInPlace(copy)
  return copy
}

function isBut(start: usize, length: i32): bool {
  return length === 3 && load<u16>(start) === 0x7562 && load<u8>(start, 2) === 0x74
}

function countExclamations(text: Text, from: i32, to: i32): i32 {
  let count = 0
  for (let index = from; index < to; index++) if (text.at(index) === 0x21) count++
  return count
}

/** Three letters or more, all of them capitals. */
function isShouted(text: Text, from: i32, to: i32): bool {
  if (to - from < 3) return false
  for (let index = from; index < to; index++) {
    const byte = text.at(index)
    if (isAsciiLetter(byte) && byte > 0x5a) return false
  }
  return true
}
