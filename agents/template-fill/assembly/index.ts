import { readText } from '../../runtime/input'
import { JSON_NULL, JSON_STRING, JsonDocument } from '../../runtime/json-document'
import { JsonWriter } from '../../runtime/json-writer'
import { Text } from '../../runtime/text'
import { Renderer } from './renderer'
import { TemplateParser } from './template'

/** Takes `{"template": "...", "data": {...}, "escape": "html" | "none"}`. */
function main(): void {
  const document = JsonDocument.parse(readText())
  const template = readTemplate(document)
  const data = document.field(0, 'data')
  if (data < 0) throw new Error('"data" must hold the values for the template.')
  const parts = new TemplateParser(template).parse()
  const renderer = new Renderer(parts, document, readEscaping(document))
  renderer.render(data)
  writeReport(renderer)
}

function readTemplate(document: JsonDocument): Text {
  const template = document.field(0, 'template')
  if (template < 0 || document.kind(template) !== JSON_STRING) {
    throw new Error('"template" must be a string, as in {"template": "Hi {{name}}", "data": {}}.')
  }
  return document.string(template)
}

/** HTML unless told otherwise, as Mustache has it. */
function readEscaping(document: JsonDocument): bool {
  const escape = document.field(0, 'escape')
  if (escape < 0 || document.kind(escape) === JSON_NULL) return true
  if (document.kind(escape) === JSON_STRING) {
    if (document.isString(escape, Text.of('html'))) return true
    if (document.isString(escape, Text.of('none'))) return false
  }
  throw new Error('"escape" must be "html" or "none".')
}

function writeReport(renderer: Renderer): void {
  const json = new JsonWriter()
  json.beginObject()
  json.key('text').text(renderer.output.text())
  json.key('missing').beginArray()
  for (let index = 0; index < renderer.missing.size; index++) {
    json.text(renderer.missing.text(index))
  }
  json.endArray()
  json.endObject()
  json.finish()
}

main()
