import { reserve } from '../../runtime/memory'
import { Lines } from './lines'
import { findAnchors } from './anchors'
import { ShortestEdit } from './shortest-edit'

const ANCHOR_DEPTH_MAX = 4

/**
 * Which lines of the one text are removed and which of the other are added. The shortest script
 * where it can be had within the limits of {@link ShortestEdit}. Elsewhere lines that are unique
 * in both texts divide them into smaller tasks, or the search goes on from where it came
 * farthest; what no comparisons are left for is replaced as a whole.
 */
export class EditScript {
  removedCount: i32 = 0
  addedCount: i32 = 0
  isMinimal: bool = true
  private removed: usize
  private added: usize
  private search: ShortestEdit

  constructor(
    private before: Lines,
    private after: Lines,
    private names: i32,
  ) {
    this.removed = reserve(before.count)
    this.added = reserve(after.count)
    this.search = new ShortestEdit(before, after)
    this.compare(0, before.count, 0, after.count, 0)
  }

  isRemoved(line: i32): bool {
    return load<u8>(this.removed + line) !== 0
  }

  isAdded(line: i32): bool {
    return load<u8>(this.added + line) !== 0
  }

  private compare(fromA: i32, toA: i32, fromB: i32, toB: i32, depth: i32): void {
    let a = fromA
    let b = fromB
    let mayDivide = depth < ANCHOR_DEPTH_MAX
    while (true) {
      while (a < toA && b < toB && this.isSame(a, b)) {
        a++
        b++
      }
      const isOneEmpty = a === toA || b === toB
      if (isOneEmpty || this.search.isExhausted()) break
      const isWhole = this.search.find(a, toA, b, toB)
      if (!isWhole && mayDivide && this.divide(a, toA, b, toB, depth)) return
      mayDivide = false
      this.isMinimal = this.isMinimal && isWhole
      if (this.search.reachedA === a && this.search.reachedB === b) break
      this.takeFoundPath()
      a = this.search.reachedA
      b = this.search.reachedB
    }
    if (a < toA && b < toB) this.isMinimal = false
    this.replace(a, toA, b, toB)
  }

  /** Whatever is no common line on the path is removed or added. */
  private takeFoundPath(): void {
    while (this.search.stepBack()) {
      if (this.search.isRemoval) this.markRemoved(this.search.line)
      else this.markAdded(this.search.line)
    }
  }

  /** Compares piece by piece between lines that are unique in both ranges, if there are any. */
  private divide(fromA: i32, toA: i32, fromB: i32, toB: i32, depth: i32): bool {
    const anchors = findAnchors(this.before, this.after, this.names, fromA, toA, fromB, toB)
    if (anchors.count === 0) return false
    this.isMinimal = false
    let a = fromA
    let b = fromB
    for (let index = 0; index < anchors.count; index++) {
      this.compare(a, anchors.lineA(index), b, anchors.lineB(index), depth + 1)
      a = anchors.lineA(index) + 1
      b = anchors.lineB(index) + 1
    }
    this.compare(a, toA, b, toB, depth + 1)
    return true
  }

  private replace(a: i32, endA: i32, b: i32, endB: i32): void {
    for (let line = a; line < endA; line++) this.markRemoved(line)
    for (let line = b; line < endB; line++) this.markAdded(line)
  }

  private markRemoved(line: i32): void {
    store<u8>(this.removed + line, 1)
    this.removedCount++
  }

  private markAdded(line: i32): void {
    store<u8>(this.added + line, 1)
    this.addedCount++
  }

  private isSame(a: i32, b: i32): bool {
    return this.before.number(a) === this.after.number(b)
  }
}
