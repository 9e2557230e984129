import { readText } from '../../runtime/input'
import { JSON_STRING, JsonDocument } from '../../runtime/json-document'
import { JsonWriter } from '../../runtime/json-writer'
import { Text } from '../../runtime/text'
import { Evaluator, ValueList } from './evaluator'
import { PathWriter } from './path-writer'
import { QueryParser } from './query-parser'

/** Ends the list where an answer would outgrow 1 MiB; the count is always whole. */
const MATCHES_LISTED_MAX = 2_000
const BYTES_LISTED_MAX = 524_288

/** Takes `{"query": "$.a[0]", "document": ...}`. */
function main(): void {
  const input = JsonDocument.parse(readText())
  const queryField = input.field(0, 'query')
  const root = input.field(0, 'document')
  if (queryField < 0 || input.kind(queryField) !== JSON_STRING) {
    throw new Error('"query" must be a JSONPath, as in {"query": "$.name", "document": {}}.')
  }
  if (root < 0) throw new Error('"document" must hold the JSON to search.')
  const queryText = input.string(queryField)
  const query = new QueryParser(queryText).parse()
  writeReport(input, queryText, new Evaluator(input).run(query, root), root)
}

function writeReport(input: JsonDocument, query: Text, matches: ValueList, root: i32): void {
  const json = new JsonWriter()
  json.beginObject()
  json.key('query').text(query)
  json.key('count').integer(matches.size)
  const listed = countListed(input, matches)
  json.key('is_cut').boolean(listed < matches.size)
  json.key('matches').beginArray()
  const paths = new PathWriter(input)
  const raw = new Text(0, 0)
  for (let index = 0; index < listed; index++) {
    input.readRaw(matches.at(index), raw)
    json.beginObject()
    json.key('path').text(paths.pathOf(matches.at(index), root))
    json.key('value').raw(raw)
    json.endObject()
  }
  json.endArray()
  json.endObject()
  json.finish()
}

function countListed(input: JsonDocument, matches: ValueList): i32 {
  const raw = new Text(0, 0)
  let bytes = 0
  let listed = 0
  while (listed < matches.size && listed < MATCHES_LISTED_MAX) {
    input.readRaw(matches.at(listed), raw)
    bytes += raw.length
    if (bytes > BYTES_LISTED_MAX && listed > 0) break
    listed++
  }
  return listed
}

main()
