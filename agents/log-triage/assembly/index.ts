import { formatUtc } from '../../runtime/calendar'
import { readTextNotBlank } from '../../runtime/input'
import { JsonWriter } from '../../runtime/json-writer'
import { Ranking } from '../../runtime/ranking'
import { Text } from '../../runtime/text'
import { Groups } from './groups'
import {
  LEVEL_COUNT,
  LEVEL_ERROR,
  LEVEL_FATAL,
  LEVEL_NAMES,
  LEVEL_UNKNOWN,
  LEVEL_WARNING,
} from './levels'
import { LineReader } from './line-reader'

const LISTED_MAX = 10
const EXAMPLE_CHARACTERS_MAX = 300

class Summary {
  lines: i32 = 0
  blankLines: i32 = 0
  entries: i32 = 0
  continuations: i32 = 0
  levels: StaticArray<i32> = new StaticArray<i32>(LEVEL_COUNT)
  firstMs: i64 = i64.MAX_VALUE
  lastMs: i64 = i64.MIN_VALUE
  isZoneAssumed: bool = false

  add(line: LineReader): void {
    this.entries++
    this.levels[line.level]++
    if (!line.hasTime) return
    this.firstMs = min(this.firstMs, line.unixMs)
    this.lastMs = max(this.lastMs, line.unixMs)
    this.isZoneAssumed = this.isZoneAssumed || line.isZoneAssumed
  }
}

function main(): void {
  const text = readTextNotBlank()
  const summary = new Summary()
  const groups = new Groups(text)
  const line = new LineReader(text)
  for (let from = 0; from < text.length;) {
    const end = text.lineEnd(from)
    const to = text.at(end - 1) === 0x0d ? end - 1 : end
    summary.lines++
    takeLine(text, from, to, line, summary, groups)
    from = end + 1
  }
  writeReport(summary, groups)
}

function takeLine(
  text: Text,
  from: i32,
  to: i32,
  line: LineReader,
  summary: Summary,
  groups: Groups,
): void {
  if (isBlankLine(text, from, to)) {
    summary.blankLines++
    return
  }
  line.read(from, to)
  if (summary.entries > 0 && line.isContinuation(from)) {
    summary.continuations++
    return
  }
  summary.add(line)
  groups.add(line, summary.lines)
}

function isBlankLine(text: Text, from: i32, to: i32): bool {
  for (let index = from; index < to; index++) if (text.at(index) > 0x20) return false
  return true
}

function writeReport(summary: Summary, groups: Groups): void {
  const hasTime = summary.firstMs <= summary.lastMs
  const json = new JsonWriter()
  json.beginObject()
  json.key('lines').integer(summary.lines)
  json.key('blank_lines').integer(summary.blankLines)
  json.key('entries').integer(summary.entries)
  json.key('continuation_lines').integer(summary.continuations)
  json.key('levels').beginObject()
  for (let level = 0; level < LEVEL_COUNT; level++) {
    json.key(LEVEL_NAMES[level]).integer(summary.levels[level])
  }
  json.endObject()
  writeTime(json, 'first_time', hasTime, summary.firstMs)
  writeTime(json, 'last_time', hasTime, summary.lastMs)
  json.key('zone_is_assumed').boolean(summary.isZoneAssumed)
  json.key('groups').integer(groups.templates.size)
  json.key('ungrouped_entries').integer(groups.ungrouped)
  writeGroups(json, 'top_errors', groups, LEVEL_FATAL, LEVEL_ERROR)
  writeGroups(json, 'top_warnings', groups, LEVEL_WARNING, LEVEL_WARNING)
  writeGroups(json, 'most_frequent', groups, LEVEL_FATAL, LEVEL_UNKNOWN)
  json.endObject()
  json.finish()
}

/** The most frequent groups of the levels from `gravest` to `slightest`. */
function writeGroups(
  json: JsonWriter,
  key: string,
  groups: Groups,
  gravest: i32,
  slightest: i32,
): void {
  const ranking = new Ranking(LISTED_MAX)
  for (let index = 0; index < groups.templates.size; index++) {
    const level = groups.levelOf(index)
    if (level >= gravest && level <= slightest) ranking.offer(index, groups.templates.count(index))
  }
  json.key(key).beginArray()
  for (let rank = 0; rank < ranking.size; rank++) writeGroup(json, groups, ranking.index(rank))
  json.endArray()
}

function writeGroup(json: JsonWriter, groups: Groups, index: i32): void {
  json.beginObject()
  json.key('level').string(LEVEL_NAMES[groups.levelOf(index)])
  json.key('count').integer(groups.templates.count(index))
  json.key('template').text(groups.template(index))
  json.key('first_line').integer(groups.firstLine(index))
  json.key('last_line').integer(groups.lastLine(index))
  writeTime(json, 'first_time', groups.hasTime(index), groups.firstTime(index))
  writeTime(json, 'last_time', groups.hasTime(index), groups.lastTime(index))
  json.key('example').text(groups.example(index).truncate(EXAMPLE_CHARACTERS_MAX))
  json.endObject()
}

function writeTime(json: JsonWriter, key: string, hasTime: bool, unixMs: i64): void {
  json.key(key)
  if (hasTime) json.string(formatUtc(unixMs))
  else json.null()
}

main()
