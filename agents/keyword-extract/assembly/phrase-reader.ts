import { reserve } from '../../runtime/memory'
import { isAsciiLetter, isBlank, Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { WordReader } from '../../runtime/words'
import { stopWords } from './stop-words'

const PHRASE_WORDS_MAX = 4
const WORD_BYTES_MAX = 60
const SPACE: u8 = 0x20

/**
 * Finds candidate phrases: runs of words without a stop word, number or punctuation between them,
 * of four words at the most (longer runs are lists more often than terms). Each phrase is copied
 * with single spaces, so that equal phrases are equal bytes however their lines were broken.
 */
export class PhraseReader {
  phrase: Text
  wordCount: i32 = 0
  private stops: TextCounter = stopWords()
  private word: WordReader
  private isPending: bool
  private used: i32 = 0
  private target: usize

  constructor(private text: Text) {
    const target = reserve(text.length + 1)
    this.target = target
    this.phrase = new Text(target, 0)
    this.word = new WordReader(text)
    this.isPending = this.word.next()
  }

  /** Moves to the next phrase; the text must be in small letters. */
  next(): bool {
    while (this.isPending) {
      this.begin()
      let end = -1
      while (this.isPending && this.isContent() && (end < 0 || this.isJoined(end))) {
        this.append()
        end = this.word.end
        this.isPending = this.word.next()
      }
      if (end < 0) this.isPending = this.word.next()
      else if (this.wordCount <= PHRASE_WORDS_MAX) return true
    }
    return false
  }

  private begin(): void {
    this.phrase.start = this.target + this.used
    this.phrase.length = 0
    this.wordCount = 0
  }

  private append(): void {
    if (this.wordCount > 0) this.appendByte(SPACE)
    memory.copy(this.target + this.used, this.text.start + this.word.start, this.word.length())
    this.used += this.word.length()
    this.phrase.length += this.word.length()
    this.wordCount++
  }

  private appendByte(byte: u8): void {
    store<u8>(this.target + this.used, byte)
    this.used++
    this.phrase.length++
  }

  private isContent(): bool {
    const length = this.word.length()
    const first = this.text.at(this.word.start)
    if (length < 2 || length > WORD_BYTES_MAX) return false
    if (!isAsciiLetter(first) && first < 0x80) return false
    return this.stops.find(this.text.start + this.word.start, length) < 0
  }

  /** Whether only white space, and no empty line, stands between the last word and this one. */
  private isJoined(end: i32): bool {
    let lineFeeds = 0
    for (let index = end; index < this.word.start; index++) {
      const byte = this.text.at(index)
      if (!isBlank(byte)) return false
      if (byte === 0x0a) lineFeeds++
    }
    return lineFeeds < 2
  }
}
