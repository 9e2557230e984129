import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Ranking } from '../../runtime/ranking'
import { Text } from '../../runtime/text'
import { lowerCaseInPlace, WordReader } from '../../runtime/words'
import { Candidates } from './candidates'
import { PhraseReader } from './phrase-reader'

const KEYWORDS_MAX = 25
/** So many are ranked, since parts of better phrases are left out afterwards. */
const RANKED_MAX = 200
/** Different phrases beyond it are not ranked. */
const DIFFERENT_MAX = 300_000

function main(): void {
  const text = readTextNotBlank()
  lowerCaseInPlace(text)
  const wordCount = countWords(text)
  const candidates = new Candidates(min(4 * wordCount, DIFFERENT_MAX))
  const reader = new PhraseReader(text)
  while (reader.next()) candidates.add(reader.phrase, reader.wordCount)
  writeReport(wordCount, candidates)
}

function countWords(text: Text): i32 {
  const word = new WordReader(text)
  let count = 0
  while (word.next()) count++
  return count
}

function rank(candidates: Candidates): Ranking {
  const ranking = new Ranking(RANKED_MAX)
  const phrase = new Text(0, 0)
  for (let index = 0; index < candidates.phrases.size; index++) {
    if (!candidates.isCandidate(index)) continue
    candidates.phrases.read(index, phrase)
    ranking.offer(index, candidates.scoreOf(index, phrase))
  }
  return ranking
}

function writeReport(wordCount: i32, candidates: Candidates): void {
  const ranking = rank(candidates)
  const chosen: i32[] = []
  const json = new JsonWriter()
  json.beginObject()
  json.key('words').integer(wordCount)
  json.key('keywords').beginArray()
  for (let place = 0; place < ranking.size && chosen.length < KEYWORDS_MAX; place++) {
    const index = ranking.index(place)
    if (isPartOfChosen(candidates, chosen, index)) continue
    chosen.push(index)
    json.beginObject()
    json.key('phrase').text(candidates.phrases.text(index))
    json.key('score').number(round(ranking.score(place), 2))
    json.key('count').integer(candidates.phrases.count(index))
    json.endObject()
  }
  json.endArray()
  json.endObject()
  json.finish()
}

/** A phrase that never stands outside of a better one says nothing more. */
function isPartOfChosen(candidates: Candidates, chosen: i32[], index: i32): bool {
  const part = candidates.phrases.text(index)
  for (let place = 0; place < chosen.length; place++) {
    if (candidates.phrases.count(chosen[place]) < candidates.phrases.count(index)) continue
    if (contains(candidates.phrases.text(chosen[place]), part)) return true
  }
  return false
}

function contains(phrase: Text, part: Text): bool {
  for (let from = 0; from < phrase.length; from = phrase.indexOf(0x20, from) + 1) {
    const after = phrase.at(from + part.length)
    if (phrase.hasAt(from, part) && (after === 0x20 || after < 0)) return true
  }
  return false
}

main()
