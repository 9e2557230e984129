import { readText } from '../../runtime/input'
import { JSON_NUMBER, JSON_STRING, JsonDocument } from '../../runtime/json-document'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Text } from '../../runtime/text'
import { EditScript } from './edit-script'
import { HunkReader } from './hunks'
import { Lines, namesFor } from './lines'

const CONTEXT_DEFAULT = 3
const CONTEXT_MAX = 1_000

/** Takes `{"before": "...", "after": "...", "context": 3}`. */
function main(): void {
  const document = JsonDocument.parse(readText())
  const beforeText = readField(document, 'before')
  const afterText = readField(document, 'after')
  const context = readContext(document)
  const names = namesFor(beforeText, afterText)
  const before = new Lines(beforeText, names)
  const after = new Lines(afterText, names)
  const script = new EditScript(before, after, names.size)
  writeReport(before, after, script, context)
}

function readField(document: JsonDocument, name: string): Text {
  const value = document.field(0, name)
  if (value < 0 || document.kind(value) !== JSON_STRING) {
    throw new Error(`"${name}" must be a string, as in {"before": "old", "after": "new"}.`)
  }
  return document.string(value)
}

function readContext(document: JsonDocument): i32 {
  const value = document.field(0, 'context')
  if (value < 0) return CONTEXT_DEFAULT
  const context = document.kind(value) === JSON_NUMBER ? document.number(value) : NaN
  if (!(context >= 0 && context <= CONTEXT_MAX) || Math.trunc(context) !== context) {
    throw new Error('"context" must be a whole number from 0 to 1000.')
  }
  return <i32>context
}

function writeReport(before: Lines, after: Lines, script: EditScript, context: i32): void {
  const unchanged = before.count - script.removedCount
  const total = before.count + after.count
  const json = new JsonWriter()
  json.beginObject()
  json.key('is_equal').boolean(script.removedCount + script.addedCount === 0)
  json.key('added').integer(script.addedCount)
  json.key('removed').integer(script.removedCount)
  json.key('unchanged').integer(unchanged)
  json.key('similarity').number(total === 0 ? 1 : round((2 * <f64>unchanged) / total, 4))
  json.key('is_minimal').boolean(script.isMinimal)
  json.key('unified').beginString()
  const hunk = new HunkReader(before, after, script, context)
  let hunks = 0
  while (hunk.next()) {
    if (hunks++ === 0) json.piece(Text.of('--- before\n+++ after\n'))
    hunk.write(json)
  }
  json.endString()
  json.key('hunks').integer(hunks)
  json.endObject()
  json.finish()
}

main()
