import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { TextCounter } from '../../runtime/text-counter'

const LINES_MAX = 600_000

/**
 * The lines of a text, each with its line end, so that a last line without one differs from the
 * same line with it. Equal lines of all texts that share a `names` table have equal numbers.
 */
export class Lines {
  count: i32
  private offsets: usize
  private numbers: usize

  constructor(
    private text: Text,
    names: TextCounter,
  ) {
    const count = countLines(text)
    this.count = count
    this.offsets = reserve((<usize>(count + 1)) << 2)
    this.numbers = reserve((<usize>count) << 2)
    let from = 0
    for (let line = 0; line < count; line++) {
      const to = min(text.lineEnd(from) + 1, text.length)
      store<i32>(this.offsets + ((<usize>line) << 2), from)
      store<i32>(this.numbers + ((<usize>line) << 2), names.add(text.start + from, to - from))
      from = to
    }
    store<i32>(this.offsets + ((<usize>count) << 2), text.length)
  }

  /** The number that all lines equal to this one have. */
  number(line: i32): i32 {
    return load<i32>(this.numbers + ((<usize>line) << 2))
  }

  /** Points `view` at the line, without its LF, and tells whether it has one. */
  read(line: i32, view: Text): bool {
    const from = load<i32>(this.offsets + ((<usize>line) << 2))
    const to = load<i32>(this.offsets + ((<usize>line) << 2), 4)
    const isEnded = this.text.at(to - 1) === 0x0a
    view.start = this.text.start + from
    view.length = to - from - (isEnded ? 1 : 0)
    return isEnded
  }
}

/** A table of the size that both texts need. */
export function namesFor(before: Text, after: Text): TextCounter {
  const count = countLines(before) + countLines(after)
  if (count > LINES_MAX) throw new Error('The texts have more than 600,000 lines together.')
  return new TextCounter(count)
}

function countLines(text: Text): i32 {
  let count = 0
  for (let from = 0; from < text.length; from = text.lineEnd(from) + 1) count++
  return count
}
