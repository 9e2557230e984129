import { readTextNotBlank } from '../../runtime/input'
import { JSON_NUMBER, JSON_STRING, JsonDocument } from '../../runtime/json-document'
import { formatNumber, JsonWriter } from '../../runtime/json-writer'
import { numberLength, parseNumber } from '../../runtime/numbers'
import { Text } from '../../runtime/text'
import { random_get } from '../../runtime/wasi_snapshot_preview1'
import { findUnit, Unit } from './unit-table'

const SPELLING_CHARACTERS_MAX = 100
/** Results carry about as many digits as their inputs are known to: doubles hold 15 to 17. */
const SIGNIFICANT_DIGITS = 12

class Question {
  constructor(
    public value: f64,
    public from: Unit,
    public to: Unit,
  ) {}
}

/** Takes `{"value": 5, "from": "km", "to": "mi"}` or the text `5 km to mi`. */
function main(): void {
  const text = readTextNotBlank().trim()
  const question = text.at(0) === 0x7b ? readDocument(text) : readSentence(text)
  if (question.from.dimension != question.to.dimension) {
    const from = `${question.from.name} is a unit of ${question.from.dimension}`
    const to = `${question.to.name} is one of ${question.to.dimension}`
    throw new Error(`These units cannot be converted: ${from}, ${to}.`)
  }
  writeAnswer(question, convert(question))
}

function convert(question: Question): f64 {
  const from = question.from
  const to = question.to
  if (from === to) return question.value
  return roundToDigits((question.value * from.factor + (from.offset - to.offset)) / to.factor)
}

function readDocument(text: Text): Question {
  const document = JsonDocument.parse(text)
  failOnPurpose(document)
  const value = document.field(0, 'value')
  if (value < 0 || document.kind(value) !== JSON_NUMBER) {
    throw new Error('"value" must be a number, as in {"value": 5, "from": "km", "to": "mi"}.')
  }
  const from = requireUnit(readSpelling(document, 'from'))
  return new Question(
    requireFinite(document.number(value)),
    from,
    requireUnit(readSpelling(document, 'to')),
  )
}

function readSpelling(document: JsonDocument, field: string): Text {
  const value = document.field(0, field)
  if (value < 0 || document.kind(value) !== JSON_STRING) {
    throw new Error(`"${field}" must be the name or symbol of a unit, such as "km".`)
  }
  return document.string(value)
}

function readSentence(text: Text): Question {
  const length = numberLength(text, 0)
  if (length === 0) throw new Error('The input must be a question such as "5 km to mi".')
  const value = parseNumber(text.slice(0, length))
  const rest = text.slice(length, min(text.length, length + 1_000))
  const middle = findSeparator(rest)
  const from = requireUnit(rest.slice(0, middle))
  return new Question(requireFinite(value), from, requireUnit(rest.slice(middle + 4, rest.length)))
}

/** The last " to " parts the units, or else the last " in ", since "in" is an inch as well. */
function findSeparator(rest: Text): i32 {
  const to = findLast(rest, Text.of(' to '))
  const separator = to >= 0 ? to : findLast(rest, Text.of(' in '))
  if (separator < 0) throw new Error('The input must name two units, as in "5 km to mi".')
  return separator
}

function findLast(text: Text, part: Text): i32 {
  let index = text.length - part.length
  while (index >= 0 && !text.hasAt(index, part)) index--
  return index
}

function requireUnit(spelling: Text): Unit {
  const wanted = spelling.trim()
  const unit = findUnit(wanted.truncate(SPELLING_CHARACTERS_MAX))
  if (unit === null) throw new Error(`"${wanted.excerpt(40)}" is not a unit we know.`)
  return unit
}

function requireFinite(value: f64): f64 {
  if (!isFinite(value)) throw new Error('"value" is too large.')
  return value
}

/**
 * For demonstrations: with `"fail_chance": 0.5` every second attempt ends with exit code 1, so
 * that retries can be watched; with 1 the task ends in quarantine.
 */
function failOnPurpose(document: JsonDocument): void {
  const field = document.field(0, 'fail_chance')
  if (field < 0) return
  const chance = document.kind(field) === JSON_NUMBER ? document.number(field) : NaN
  if (!(chance >= 0 && chance <= 1)) throw new Error('"fail_chance" must be a number from 0 to 1.')
  if (chance > 0 && randomFraction() <= chance) {
    throw new Error('This attempt failed on purpose, as "fail_chance" asks.')
  }
}

const randomWord = memory.data(4, 4)

function randomFraction(): f64 {
  random_get(randomWord, 4)
  return <f64>load<u32>(randomWord) / <f64>u32.MAX_VALUE
}

/** Takes away the noise of binary fractions, as in 0.30000000000000004. */
function roundToDigits(value: f64): f64 {
  if (value === 0 || !isFinite(value)) return value
  const magnitude = <i32>Math.floor(Math.log10(Math.abs(value)))
  const places = SIGNIFICANT_DIGITS - 1 - magnitude
  if (places < 0 || places > 22) return value
  const scale = Math.pow(10, places)
  return Math.round(value * scale) / scale
}

function writeAnswer(question: Question, result: f64): void {
  if (!isFinite(result)) throw new Error('The result is too large.')
  const from = `${formatNumber(question.value)} ${question.from.symbol}`
  const json = new JsonWriter()
  json.beginObject()
  json.key('result').number(result)
  json.key('text').string(`${from} = ${formatNumber(result)} ${question.to.symbol}`)
  json.key('dimension').string(question.from.dimension)
  json.key('value').number(question.value)
  writeUnit(json, 'from', question.from)
  writeUnit(json, 'to', question.to)
  json.endObject()
  json.finish()
}

function writeUnit(json: JsonWriter, key: string, unit: Unit): void {
  json.key(key).beginObject()
  json.key('symbol').string(unit.symbol)
  json.key('name').string(unit.name)
  json.endObject()
}

main()
