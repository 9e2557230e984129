import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'
import { NearIndex } from './near-index'
import { SHINGLED_BYTES_MAX } from './shingles'

/** The first so many kept lines are searched for near repetitions, which is what memory allows. */
const NEAR_LINES_MAX = 120_000
const DIFFERENT_LINES_MAX = 500_000
const REPEATS_LISTED_MAX = 1_000
const EXCERPT_CHARACTERS_MAX = 200

class Repeat {
  constructor(
    public line: i32,
    public text: Text,
    public repeats: i32,
    public similarity: f64,
  ) {}
}

class Summary {
  lines: i32 = 0
  blankLines: i32 = 0
  exact: i32 = 0
  near: i32 = 0
  isNearSearchComplete: bool = true
  repeats: Repeat[] = []
}

/** Which lines are kept: the number of the line by the index of its text among the different. */
class KeptLines {
  texts: TextCounter
  private lineNumbers: usize
  private isKept: usize

  constructor(capacity: i32) {
    this.texts = new TextCounter(capacity)
    this.lineNumbers = reserve((<usize>capacity) << 2)
    this.isKept = reserve(capacity)
  }

  note(index: i32, lineNumber: i32, isKept: bool): void {
    store<i32>(this.lineNumbers + ((<usize>index) << 2), lineNumber)
    store<u8>(this.isKept + index, isKept ? 1 : 0)
  }

  lineNumber(index: i32): i32 {
    return load<i32>(this.lineNumbers + ((<usize>index) << 2))
  }

  has(index: i32): bool {
    return load<u8>(this.isKept + index) !== 0
  }
}

function main(): void {
  const text = readTextNotBlank()
  const lineCount = countLines(text)
  const kept = new KeptLines(min(lineCount, DIFFERENT_LINES_MAX))
  const near = new NearIndex(min(lineCount, NEAR_LINES_MAX))
  const summary = new Summary()
  const line = new Text(0, 0)
  for (let from = 0; from < text.length;) {
    const end = text.lineEnd(from)
    summary.lines++
    setTrimmed(line, text, from, end)
    if (line.length === 0) summary.blankLines++
    else sort(line, summary, kept, near)
    from = end + 1
  }
  writeReport(summary, kept)
}

/** Decides about one line. A line that repeats another one changes nothing for later lines. */
function sort(line: Text, summary: Summary, kept: KeptLines, near: NearIndex): void {
  const before = kept.texts.size
  const index = kept.texts.addText(line)
  if (index < 0) throw new Error('The input has more than 500,000 different lines.')
  if (index < before) {
    summary.exact++
    list(summary, line, kept.lineNumber(index), 1)
    return
  }
  const isSearched = line.length <= SHINGLED_BYTES_MAX && near.size < near.capacity
  if (near.size === near.capacity) summary.isNearSearchComplete = false
  if (isSearched && near.find(line)) {
    summary.near++
    const original = near.numberOf(near.match)
    kept.note(index, original, false)
    list(summary, line, original, near.similarity)
    return
  }
  kept.note(index, summary.lines, true)
  if (isSearched) near.keep(line, summary.lines)
}

function list(summary: Summary, line: Text, original: i32, similarity: f64): void {
  if (summary.repeats.length === REPEATS_LISTED_MAX) return
  const copy = new Text(line.start, line.length)
  summary.repeats.push(new Repeat(summary.lines, copy, original, similarity))
}

function setTrimmed(line: Text, text: Text, from: i32, end: i32): void {
  let start = from
  let stop = end
  while (start < stop && text.at(start) <= 0x20) start++
  while (stop > start && text.at(stop - 1) <= 0x20) stop--
  line.start = text.start + start
  line.length = stop - start
}

function countLines(text: Text): i32 {
  let count = 0
  for (let from = 0; from < text.length; from = text.lineEnd(from) + 1) count++
  return count
}

function writeReport(summary: Summary, kept: KeptLines): void {
  const json = new JsonWriter()
  json.beginObject()
  json.key('lines').integer(summary.lines)
  json.key('blank_lines').integer(summary.blankLines)
  json.key('unique').integer(summary.lines - summary.blankLines - summary.exact - summary.near)
  json.key('exact_duplicates').integer(summary.exact)
  json.key('near_duplicates').integer(summary.near)
  json.key('near_search_is_complete').boolean(summary.isNearSearchComplete)
  json.key('duplicates').beginArray()
  for (let index = 0; index < summary.repeats.length; index++) {
    writeRepeat(json, summary.repeats[index])
  }
  json.endArray()
  json.key('unique_lines').beginArray()
  for (let index = 0; index < kept.texts.size; index++) {
    if (kept.has(index)) json.text(kept.texts.text(index))
  }
  json.endArray()
  json.endObject()
  json.finish()
}

function writeRepeat(json: JsonWriter, repeat: Repeat): void {
  json.beginObject()
  json.key('line').integer(repeat.line)
  json.key('repeats_line').integer(repeat.repeats)
  json.key('similarity').number(round(repeat.similarity, 3))
  json.key('text').text(repeat.text.truncate(EXCERPT_CHARACTERS_MAX))
  json.endObject()
}

main()
