import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'
import { TextCounter } from '../../runtime/text-counter'
import { LineReader } from './line-reader'
import { normalise } from './normaliser'

const GROUPS_MAX = 20_000
const RECORD_BYTES: usize = 40
const EXAMPLE_BYTES_MAX = 1_200

/** Entries of one level whose messages say the same but for their numbers, ids and names. */
export class Groups {
  templates: TextCounter = new TextCounter(GROUPS_MAX)
  /** Entries that came when there was no room for a further group. */
  ungrouped: i32 = 0
  private records: usize = reserve(<usize>GROUPS_MAX * RECORD_BYTES)
  private draft: TextBuffer = new TextBuffer(4_096)
  private view: Text = new Text(0, 0)

  constructor(private text: Text) {}

  /** Counts the entry that `line` has just read. The template's first byte is the level. */
  add(line: LineReader, lineNumber: i32): void {
    this.draft.clear()
    this.draft.appendByte(0x30 + line.level)
    normalise(this.draft, this.text, line.messageFrom, line.messageTo)
    this.draft.read(this.view)
    const known = this.templates.find(this.view.start, this.view.length)
    if (known < 0 && this.templates.size === GROUPS_MAX) {
      this.ungrouped++
      return
    }
    const index = this.templates.addText(known < 0 ? this.view.copy() : this.view)
    const record = this.record(index)
    if (known < 0) this.begin(record, line, lineNumber)
    store<i32>(record, lineNumber, 4)
    if (line.hasTime) this.noteTime(record, line.unixMs)
  }

  levelOf(index: i32): i32 {
    return this.templates.text(index).at(0) - 0x30
  }

  template(index: i32): Text {
    const keyed = this.templates.text(index)
    return keyed.slice(1, keyed.length)
  }

  firstLine(index: i32): i32 {
    return load<i32>(this.record(index))
  }

  lastLine(index: i32): i32 {
    return load<i32>(this.record(index), 4)
  }

  hasTime(index: i32): bool {
    return load<i64>(this.record(index), 16) <= load<i64>(this.record(index), 24)
  }

  firstTime(index: i32): i64 {
    return load<i64>(this.record(index), 16)
  }

  lastTime(index: i32): i64 {
    return load<i64>(this.record(index), 24)
  }

  /** The message of the first entry, as it was logged. */
  example(index: i32): Text {
    const from = load<i32>(this.record(index), 8)
    return this.text.slice(from, load<i32>(this.record(index), 12))
  }

  private begin(record: usize, line: LineReader, lineNumber: i32): void {
    store<i32>(record, lineNumber)
    store<i32>(record, line.messageFrom, 8)
    store<i32>(record, min(line.messageTo, line.messageFrom + EXAMPLE_BYTES_MAX), 12)
    store<i64>(record, i64.MAX_VALUE, 16)
    store<i64>(record, i64.MIN_VALUE, 24)
  }

  private noteTime(record: usize, unixMs: i64): void {
    store<i64>(record, min(load<i64>(record, 16), unixMs), 16)
    store<i64>(record, max(load<i64>(record, 24), unixMs), 24)
  }

  private record(index: i32): usize {
    return this.records + <usize>index * RECORD_BYTES
  }
}
