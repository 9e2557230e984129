import { readText } from '../../runtime/input'
import { JsonWriter } from '../../runtime/json-writer'
import { Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'
import { HeadingReader } from './heading-reader'
import { appendPlainText } from './plain-text'
import { Slugs } from './slugs'

/** Further headings are not listed. */
const HEADINGS_MAX = 20_000
const CONTENTS_BYTES_MAX = 8_388_608

class Heading {
  constructor(
    public level: i32,
    public text: Text,
    public slug: Text,
    public line: i32,
  ) {}
}

function main(): void {
  const reader = new HeadingReader(readText())
  const slugs = new Slugs(HEADINGS_MAX)
  const plain = new TextBuffer(8_192)
  const headings: Heading[] = []
  while (headings.length < HEADINGS_MAX && reader.next()) {
    plain.clear()
    appendPlainText(plain, reader.content)
    const text = plain.text().trim().copy()
    headings.push(new Heading(reader.level, text, slugs.next(text), reader.lineNumber))
  }
  writeReport(headings, headings.length === HEADINGS_MAX && reader.next())
}

function writeReport(headings: Heading[], isCut: bool): void {
  const json = new JsonWriter()
  json.beginObject()
  json.key('title')
  const title = findTitle(headings)
  if (title === null) json.null()
  else json.text(title)
  json.key('headings').integer(headings.length)
  json.key('is_cut').boolean(isCut)
  json.key('outline').beginArray()
  for (let index = 0; index < headings.length; index++) writeHeading(json, headings[index])
  json.endArray()
  writeProblems(json, headings)
  json.key('table_of_contents').text(contentsOf(headings))
  json.endObject()
  json.finish()
}

/** The first heading of the first level, or else the first heading. */
function findTitle(headings: Heading[]): Text | null {
  for (let index = 0; index < headings.length; index++) {
    if (headings[index].level === 1) return headings[index].text
  }
  return headings.length > 0 ? headings[0].text : null
}

function writeHeading(json: JsonWriter, heading: Heading): void {
  json.beginObject()
  json.key('level').integer(heading.level)
  json.key('text').text(heading.text)
  json.key('slug').text(heading.slug)
  json.key('line').integer(heading.line)
  json.endObject()
}

/** What screen readers and tables of contents stumble over. */
function writeProblems(json: JsonWriter, headings: Heading[]): void {
  json.key('problems').beginArray()
  let titles = 0
  let previous = 0
  for (let index = 0; index < headings.length; index++) {
    const heading = headings[index]
    if (heading.level === 1) titles++
    if (heading.text.length === 0) writeProblem(json, heading, 'the heading is empty')
    if (heading.level === 1 && titles > 1) {
      writeProblem(json, heading, 'the document has a title already')
    }
    if (previous > 0 && heading.level > previous + 1) {
      writeProblem(json, heading, `level ${heading.level} follows level ${previous}`)
    }
    previous = heading.level
  }
  json.endArray()
}

function writeProblem(json: JsonWriter, heading: Heading, problem: string): void {
  json.beginObject()
  json.key('line').integer(heading.line)
  json.key('problem').string(problem)
  json.endObject()
}

/** A nested Markdown list of links. */
function contentsOf(headings: Heading[]): Text {
  const contents = new TextBuffer(CONTENTS_BYTES_MAX)
  let top = 6
  for (let index = 0; index < headings.length; index++) top = min(top, headings[index].level)
  for (let index = 0; index < headings.length; index++) {
    const heading = headings[index]
    for (let level = top; level < heading.level; level++) contents.append(INDENTATION)
    contents.append(ITEM)
    appendEscaped(contents, heading.text)
    contents.append(LINK)
    contents.append(heading.slug)
    contents.append(LINK_END)
  }
  return contents.text()
}

const INDENTATION = Text.of('  ')
const ITEM = Text.of('- [')
const LINK = Text.of('](#')
const LINK_END = Text.of(')\n')

function appendEscaped(target: TextBuffer, text: Text): void {
  for (let index = 0; index < text.length; index++) {
    const byte = text.at(index)
    if (byte === 0x5b || byte === 0x5d || byte === 0x5c) target.appendByte(0x5c)
    target.appendByte(byte)
  }
}

main()
