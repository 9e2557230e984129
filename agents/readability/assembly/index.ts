import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Ranking } from '../../runtime/ranking'
import { SentenceReader } from '../../runtime/sentences'
import { isAsciiLetter, isDigit, Text } from '../../runtime/text'
import { lowerCaseInPlace, WordReader } from '../../runtime/words'
import { countSyllables, isInflected } from './syllables'

const LONGEST_SENTENCES_MAX = 3
const EXCERPT_CHARACTERS_MAX = 240
/** Beyond it a "word" is no word, and says nothing about how a text reads. */
const WORD_BYTES_MAX = 60
/** Syllables from which on SMOG and Fog call a word difficult. */
const DIFFICULT_SYLLABLES = 3

class Figures {
  sentences: f64 = 0
  words: f64 = 0
  characters: f64 = 0
  letters: f64 = 0
  syllables: f64 = 0
  polysyllables: f64 = 0
  complexWords: f64 = 0
}

const longest = new Ranking(LONGEST_SENTENCES_MAX)
const excerpts: Text[] = []

function main(): void {
  const text = readTextNotBlank()
  const figures = new Figures()
  const sentence = new SentenceReader(text)
  const word = new WordReader(text)
  while (sentence.next()) {
    word.moveTo(sentence.start, sentence.end)
    const words = measure(text, word, figures)
    if (words === 0) continue
    figures.sentences++
    if (isAmongLongest(words)) keep(text.slice(sentence.start, sentence.end), words)
  }
  if (figures.words === 0) throw new Error('The input has no words to judge.')
  writeReport(figures)
}

/** Adds the words of one sentence and answers how many there are. Plain numbers do not count. */
function measure(text: Text, word: WordReader, figures: Figures): i32 {
  let words = 0
  while (word.next()) {
    if (word.length() > WORD_BYTES_MAX || isNumberLike(text, word.start, word.end)) continue
    scratch.length = word.length()
    memory.copy(scratch.start, text.start + word.start, word.length())
    lowerCaseInPlace(scratch)
    measureWord(scratch, figures)
    words++
  }
  figures.words += words
  return words
}

/** Words are put into small letters here, since excerpts keep theirs. */
const scratch = new Text(memory.data(64), 0)

function measureWord(word: Text, figures: Figures): void {
  const syllables = countSyllables(word)
  figures.syllables += syllables
  if (syllables >= DIFFICULT_SYLLABLES) {
    figures.polysyllables++
    if (syllables > DIFFICULT_SYLLABLES || !isInflected(word)) figures.complexWords++
  }
  for (let index = 0; index < word.length; index++) {
    const byte = word.at(index)
    if ((byte & 0xc0) === 0x80) continue
    if (isAsciiLetter(byte) || isDigit(byte) || byte >= 0x80) figures.characters++
    if (isAsciiLetter(byte) || byte >= 0x80) figures.letters++
  }
}

function isNumberLike(text: Text, from: i32, to: i32): bool {
  for (let index = from; index < to; index++) {
    if (isAsciiLetter(text.at(index)) || text.at(index) >= 0x80) return false
  }
  return true
}

function isAmongLongest(words: i32): bool {
  return longest.size < LONGEST_SENTENCES_MAX || words > longest.score(longest.size - 1)
}

function keep(sentence: Text, words: i32): void {
  longest.offer(excerpts.length, words)
  excerpts.push(sentence)
}

function writeReport(figures: Figures): void {
  const wordsPerSentence = figures.words / figures.sentences
  const syllablesPerWord = figures.syllables / figures.words
  const ease = 206.835 - 1.015 * wordsPerSentence - 84.6 * syllablesPerWord
  const grade = 0.39 * wordsPerSentence + 11.8 * syllablesPerWord - 15.59
  const json = new JsonWriter()
  json.beginObject()
  json.key('flesch_reading_ease').number(round(ease, 1))
  json.key('level').string(levelOf(ease))
  json.key('flesch_kincaid_grade').number(round(grade, 1))
  json.key('gunning_fog').number(round(gunningFog(figures), 1))
  json.key('smog').number(round(smog(figures), 1))
  json.key('coleman_liau').number(round(colemanLiau(figures), 1))
  json.key('automated_readability_index').number(round(automatedReadability(figures), 1))
  json.key('sentences').integer(<i64>figures.sentences)
  json.key('words').integer(<i64>figures.words)
  json.key('syllables').integer(<i64>figures.syllables)
  json.key('complex_words').integer(<i64>figures.complexWords)
  json.key('words_per_sentence').number(round(wordsPerSentence, 2))
  json.key('syllables_per_word').number(round(syllablesPerWord, 2))
  json.key('longest_sentences').beginArray()
  for (let rank = 0; rank < longest.size; rank++) {
    json.beginObject()
    json.key('words').number(longest.score(rank))
    json.key('text').text(excerpts[longest.index(rank)].truncate(EXCERPT_CHARACTERS_MAX))
    json.endObject()
  }
  json.endArray()
  json.endObject()
  json.finish()
}

function gunningFog(figures: Figures): f64 {
  return 0.4 * (figures.words / figures.sentences + (100 * figures.complexWords) / figures.words)
}

function smog(figures: Figures): f64 {
  return 1.043 * Math.sqrt((figures.polysyllables * 30) / figures.sentences) + 3.1291
}

function colemanLiau(figures: Figures): f64 {
  const lettersPerHundred = (100 * figures.letters) / figures.words
  const sentencesPerHundred = (100 * figures.sentences) / figures.words
  return 0.0588 * lettersPerHundred - 0.296 * sentencesPerHundred - 15.8
}

function automatedReadability(figures: Figures): f64 {
  return (
    4.71 * (figures.characters / figures.words) + 0.5 * (figures.words / figures.sentences) - 21.43
  )
}

/** Flesch's own steps. */
function levelOf(ease: f64): string {
  if (ease >= 90) return 'very easy'
  if (ease >= 80) return 'easy'
  if (ease >= 70) return 'fairly easy'
  if (ease >= 60) return 'standard'
  if (ease >= 50) return 'fairly difficult'
  return ease >= 30 ? 'difficult' : 'very difficult'
}

main()
