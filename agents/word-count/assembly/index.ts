import { readText } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Ranking } from '../../runtime/ranking'
import { SentenceReader } from '../../runtime/sentences'
import { isBlank, Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { lowerCaseInPlace, WordReader } from '../../runtime/words'

const TOP_WORDS_MAX = 20
/** Different words beyond it are counted as words, but not among the different ones. */
const DIFFERENT_WORDS_MAX = 1_000_000
/** A usual figure for silent reading of English. */
const WORDS_READ_PER_MINUTE = 238
const LONGEST_WORD_CHARACTERS_MAX = 200

class Layout {
  lines: i32 = 0
  paragraphs: i32 = 0
  blankCharacters: i32 = 0
}

class WordFigures {
  count: i32 = 0
  characters: f64 = 0
  longest: Text = Text.of('')
}

function main(): void {
  const text = readText()
  const layout = measureLayout(text)
  const sentences = countSentences(text)
  const words = measureWords(text)
  lowerCaseInPlace(text)
  const counter = countDifferentWords(text, words.count)
  writeReport(text, layout, sentences, words, counter)
}

/** Lines end with LF, CRLF or CR; paragraphs are separated by blank lines. */
function measureLayout(text: Text): Layout {
  const layout = new Layout()
  let isInParagraph = false
  let isLineBlank = true
  for (let index = 0; index < text.length; index++) {
    const byte = text.at(index)
    if (isBlank(byte)) layout.blankCharacters++
    else isLineBlank = false
    const isLineEnd = byte === 0x0a || (byte === 0x0d && text.at(index + 1) !== 0x0a)
    if (!isLineEnd && index + 1 < text.length) continue
    layout.lines++
    if (!isLineBlank && !isInParagraph) layout.paragraphs++
    isInParagraph = !isLineBlank
    isLineBlank = true
  }
  return layout
}

function countSentences(text: Text): i32 {
  const sentence = new SentenceReader(text)
  let count = 0
  while (sentence.next()) count++
  return count
}

function measureWords(text: Text): WordFigures {
  const figures = new WordFigures()
  const word = new WordReader(text)
  let longest = 0
  while (word.next()) {
    const characters = countCharacters(text, word.start, word.end)
    figures.count++
    figures.characters += characters
    if (characters > longest) {
      longest = characters
      figures.longest = word.word()
    }
  }
  figures.longest = figures.longest.truncate(LONGEST_WORD_CHARACTERS_MAX).copy()
  return figures
}

/** The text must not change afterwards; its words count as different when their letters do. */
function countDifferentWords(text: Text, words: i32): TextCounter {
  const counter = new TextCounter(min(words, DIFFERENT_WORDS_MAX))
  const word = new WordReader(text)
  while (word.next()) counter.add(text.start + word.start, word.length())
  return counter
}

function countCharacters(text: Text, from: i32, to: i32): i32 {
  let count = 0
  for (let index = from; index < to; index++) {
    if ((text.at(index) & 0xc0) !== 0x80) count++
  }
  return count
}

function writeReport(
  text: Text,
  layout: Layout,
  sentences: i32,
  words: WordFigures,
  counter: TextCounter,
): void {
  const characters = text.characterCount()
  const json = new JsonWriter()
  json.beginObject()
  json.key('words').integer(words.count)
  json.key('unique_words').integer(counter.size)
  json.key('unique_words_is_minimum').boolean(counter.isFull)
  json.key('characters').integer(characters)
  json.key('characters_without_spaces').integer(characters - layout.blankCharacters)
  json.key('bytes').integer(text.length)
  json.key('lines').integer(layout.lines)
  json.key('paragraphs').integer(layout.paragraphs)
  json.key('sentences').integer(sentences)
  json.key('average_word_length').number(words.count ? round(words.characters / words.count, 2) : 0)
  json.key('longest_word').text(words.longest)
  json
    .key('reading_seconds')
    .integer(<i64>Math.ceil((<f64>words.count * 60) / WORDS_READ_PER_MINUTE))
  json.key('top_words').beginArray()
  writeTopWords(json, counter)
  json.endArray()
  json.endObject()
  json.finish()
}

function writeTopWords(json: JsonWriter, counter: TextCounter): void {
  const ranking = new Ranking(TOP_WORDS_MAX)
  for (let index = 0; index < counter.size; index++) ranking.offer(index, counter.count(index))
  for (let rank = 0; rank < ranking.size; rank++) {
    const index = ranking.index(rank)
    json.beginObject()
    json.key('word').text(counter.text(index).truncate(LONGEST_WORD_CHARACTERS_MAX))
    json.key('count').integer(counter.count(index))
    json.endObject()
  }
}

main()
