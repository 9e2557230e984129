import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'

const SPACE = 0x20

/**
 * Counts phrases and every shorter phrase inside of them. What stands alone at least once, or
 * inside of others at least twice, is a candidate for a keyword.
 */
export class Candidates {
  phrases: TextCounter
  private standsAlone: usize
  private words: TextCounter
  private degrees: usize

  constructor(capacity: i32) {
    this.phrases = new TextCounter(capacity)
    this.standsAlone = reserve(capacity)
    this.words = new TextCounter(capacity)
    this.degrees = reserve((<usize>capacity) << 2)
  }

  add(phrase: Text, wordCount: i32): void {
    for (let from = 0; from < phrase.length; from = phrase.indexOf(SPACE, from) + 1) {
      this.addWord(phrase, from, wordCount)
      let to = from
      while (to < phrase.length) {
        to = phrase.indexOf(SPACE, to + 1)
        const index = this.phrases.add(phrase.start + from, to - from)
        if (index >= 0 && from === 0 && to === phrase.length) {
          store<u8>(this.standsAlone + index, 1)
        }
      }
    }
  }

  isCandidate(index: i32): bool {
    return load<u8>(this.standsAlone + index) !== 0 || this.phrases.count(index) > 1
  }

  /**
   * The sum over the words of degree by frequency (as in RAKE: words that keep company weigh
   * more), times the occurrences of the phrase.
   */
  scoreOf(index: i32, phrase: Text): f64 {
    let score: f64 = 0
    for (let from = 0; from < phrase.length; from = phrase.indexOf(SPACE, from) + 1) {
      const word = this.words.find(phrase.start + from, phrase.indexOf(SPACE, from) - from)
      if (word >= 0) score += <f64>this.degreeOf(word) / <f64>this.words.count(word)
    }
    return score * this.phrases.count(index)
  }

  private addWord(phrase: Text, from: i32, wordCount: i32): void {
    const word = this.words.add(phrase.start + from, phrase.indexOf(SPACE, from) - from)
    if (word >= 0) store<i32>(this.degrees + ((<usize>word) << 2), this.degreeOf(word) + wordCount)
  }

  private degreeOf(word: i32): i32 {
    return load<i32>(this.degrees + ((<usize>word) << 2))
  }
}
