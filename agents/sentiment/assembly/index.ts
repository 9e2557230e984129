import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Ranking } from '../../runtime/ranking'
import { SentenceReader } from '../../runtime/sentences'
import { Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { loweredCopy, SentenceJudge } from './sentence-judge'

/** From here on, either way, a score is an opinion. */
const OPINION_MIN: f64 = 0.1
const WORDS_LISTED_MAX = 10
const EXCERPT_CHARACTERS_MAX = 240

/** Where the most outspoken sentence of one side stands. */
class Extreme {
  score: f64 = 0
  from: i32 = 0
  to: i32 = 0
}

class Summary {
  sentences: i32 = 0
  positive: i32 = 0
  negative: i32 = 0
  opinionated: i32 = 0
  sum: f64 = 0
  mostPositive: Extreme = new Extreme()
  mostNegative: Extreme = new Extreme()

  add(score: f64, from: i32, to: i32): void {
    this.sentences++
    if (score >= OPINION_MIN) this.positive++
    if (score <= -OPINION_MIN) this.negative++
    const extreme = score > 0 ? this.mostPositive : this.mostNegative
    if (Math.abs(score) <= Math.abs(extreme.score)) return
    extreme.score = score
    extreme.from = from
    extreme.to = to
  }

  /** The mean over the sentences that hold an opinion; facts between them do not dilute it. */
  score(): f64 {
    return this.opinionated > 0 ? this.sum / this.opinionated : 0
  }
}

function main(): void {
  const text = readTextNotBlank()
  const judge = new SentenceJudge(text, loweredCopy(text))
  const summary = new Summary()
  const sentence = new SentenceReader(text)
  while (sentence.next()) {
    const score = judge.judge(sentence.start, sentence.end)
    summary.add(score, sentence.start, sentence.end)
    if (judge.opinions === 0) continue
    summary.opinionated++
    summary.sum += score
  }
  writeReport(text, summary, judge)
}

function writeReport(text: Text, summary: Summary, judge: SentenceJudge): void {
  const score = round(summary.score(), 3)
  const json = new JsonWriter()
  json.beginObject()
  json.key('label').string(labelOf(score))
  json.key('score').number(score)
  json.key('sentences').beginObject()
  json.key('total').integer(summary.sentences)
  json.key('positive').integer(summary.positive)
  json.key('negative').integer(summary.negative)
  json.key('neutral').integer(summary.sentences - summary.positive - summary.negative)
  json.endObject()
  writeWords(json, 'positive_words', judge.positiveWords)
  writeWords(json, 'negative_words', judge.negativeWords)
  writeExtreme(json, 'most_positive', text, summary.mostPositive)
  writeExtreme(json, 'most_negative', text, summary.mostNegative)
  json.endObject()
  json.finish()
}

function labelOf(score: f64): string {
  if (score >= OPINION_MIN) return 'positive'
  return score <= -OPINION_MIN ? 'negative' : 'neutral'
}

function writeWords(json: JsonWriter, key: string, words: TextCounter): void {
  const ranking = new Ranking(WORDS_LISTED_MAX)
  for (let index = 0; index < words.size; index++) ranking.offer(index, words.count(index))
  json.key(key).beginArray()
  for (let rank = 0; rank < ranking.size; rank++) {
    json.beginObject()
    json.key('word').text(words.text(ranking.index(rank)))
    json.key('count').integer(words.count(ranking.index(rank)))
    json.endObject()
  }
  json.endArray()
}

function writeExtreme(json: JsonWriter, key: string, text: Text, extreme: Extreme): void {
  json.key(key)
  if (extreme.score === 0) {
    json.null()
    return
  }
  json.beginObject()
  json.key('score').number(round(extreme.score, 3))
  json.key('text').text(text.slice(extreme.from, extreme.to).truncate(EXCERPT_CHARACTERS_MAX))
  json.endObject()
}

main()
