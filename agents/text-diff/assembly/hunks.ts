import { JsonWriter } from '../../runtime/json-writer'
import { Text } from '../../runtime/text'
import { EditScript } from './edit-script'
import { Lines } from './lines'

/** Walks through the changes of an edit script, with some unchanged lines around each. */
export class HunkReader {
  fromA: i32 = 0
  fromB: i32 = 0
  toA: i32 = 0
  toB: i32 = 0

  constructor(
    private before: Lines,
    private after: Lines,
    private script: EditScript,
    private context: i32,
  ) {}

  /** Moves to the next hunk: lines `fromA` to `toA` become `fromB` to `toB`. */
  next(): bool {
    let a = this.toA
    let b = this.toB
    while (a < this.before.count && b < this.after.count && !this.isChangedAt(a, b)) {
      a++
      b++
    }
    if (!this.isChangedAt(a, b)) return false
    const lead = min(this.context, a - this.toA)
    this.fromA = a - lead
    this.fromB = b - lead
    this.extendFrom(a, b)
    return true
  }

  /** Whether the line at `a` is removed or the one at `b` is added. */
  isChangedAt(a: i32, b: i32): bool {
    return this.isRemovedAt(a) || this.isAddedAt(b)
  }

  /** Changes that are at most twice the context apart share a hunk. */
  private extendFrom(a: i32, b: i32): void {
    let quiet = 0
    let atA = a
    let atB = b
    while (atA < this.before.count || atB < this.after.count) {
      if (this.isRemovedAt(atA)) atA++
      else if (this.isAddedAt(atB)) atB++
      else {
        if (quiet === 2 * this.context) break
        quiet++
        atA++
        atB++
        continue
      }
      quiet = 0
    }
    const tail = max(0, quiet - this.context)
    this.toA = atA - tail
    this.toB = atB - tail
  }

  private isRemovedAt(line: i32): bool {
    return line < this.before.count && this.script.isRemoved(line)
  }

  private isAddedAt(line: i32): bool {
    return line < this.after.count && this.script.isAdded(line)
  }

  /** Writes the hunk in the unified format that diff, git and patch use. */
  write(json: JsonWriter): void {
    json.piece(Text.of(`@@ -${range(this.fromA, this.toA)} +${range(this.fromB, this.toB)} @@\n`))
    let a = this.fromA
    let b = this.fromB
    while (a < this.toA || b < this.toB) {
      if (this.isRemovedAt(a)) writeLine(json, MINUS, this.before, a++)
      else if (this.isAddedAt(b)) writeLine(json, PLUS, this.after, b++)
      else {
        writeLine(json, SPACE, this.before, a++)
        b++
      }
    }
  }
}

const MINUS = Text.of('-')
const PLUS = Text.of('+')
const SPACE = Text.of(' ')
const LINE_END = Text.of('\n')
const NO_LINE_END = Text.of('\n\\ No newline at end of file\n')
const view = new Text(0, 0)

function writeLine(json: JsonWriter, sign: Text, lines: Lines, line: i32): void {
  const isEnded = lines.read(line, view)
  json.piece(sign)
  json.piece(view)
  json.piece(isEnded ? LINE_END : NO_LINE_END)
}

/** The first line and, unless it is 1, the count; an empty range names the line before it. */
function range(from: i32, to: i32): string {
  const count = to - from
  if (count === 0) return `${from},0`
  return count === 1 ? `${from + 1}` : `${from + 1},${count}`
}
