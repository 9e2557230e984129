import { reserve } from '../../runtime/memory'
import { Lines } from './lines'

/** A path of more edits is not searched for: the trace grows with their square. */
const EDITS_MAX = 1_000
/** Line comparisons in all searches together, so that hostile texts end in time too. */
const COMPARISONS_MAX: i64 = 400_000_000

/**
 * Myers' greedy search for the shortest edit script (An O(ND) Difference Algorithm, 1986). For
 * each number of edits it keeps how far every diagonal has come, which leads back afterwards.
 */
export class ShortestEdit {
  /** The edit that the last step back took, and its line in the text that it concerns. */
  isRemoval: bool = false
  line: i32 = 0
  reachedA: i32 = 0
  reachedB: i32 = 0
  private comparisons: i64 = 0
  private reach: usize = reserve((2 * EDITS_MAX + 3) << 2)
  private trace: usize = 0
  private fromA: i32 = 0
  private fromB: i32 = 0
  private edits: i32 = 0
  private x: i32 = 0
  private y: i32 = 0

  constructor(
    private before: Lines,
    private after: Lines,
  ) {}

  /**
   * Whether a path within the limits leads through the two ranges. When none does, the path that
   * came farthest is there to be walked back, and ends before `reachedA` and `reachedB`.
   */
  find(fromA: i32, endA: i32, fromB: i32, endB: i32): bool {
    this.fromA = fromA
    this.fromB = fromB
    this.edits = 0
    this.setReach(1, 0)
    const lengthA = endA - fromA
    const lengthB = endB - fromB
    for (let edits = 0; edits <= EDITS_MAX && !this.isExhausted(); edits++) {
      for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
        const x = this.advance(edits, diagonal, lengthA, lengthB)
        if (x >= lengthA && x - diagonal >= lengthB) {
          this.begin(edits, lengthA, lengthB)
          return true
        }
      }
      this.remember(edits)
      this.edits = edits
    }
    this.beginFarthest(lengthA, lengthB)
    return false
  }

  /** Whether the comparisons for all searches are used up. */
  isExhausted(): bool {
    return this.comparisons > COMPARISONS_MAX
  }

  private begin(edits: i32, x: i32, y: i32): void {
    this.edits = edits
    this.x = x
    this.y = y
    this.reachedA = this.fromA + x
    this.reachedB = this.fromB + y
  }

  /** Of the diagonals that stay inside of both ranges, the one with most lines behind it. */
  private beginFarthest(lengthA: i32, lengthB: i32): void {
    const edits = this.edits
    let x = 0
    let y = 0
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const reached = this.remembered(edits, diagonal)
      const isInside = reached <= lengthA && reached - diagonal <= lengthB
      if (!isInside || 2 * reached - diagonal <= x + y) continue
      x = reached
      y = reached - diagonal
    }
    this.begin(x + y === 0 ? 0 : edits, x, y)
  }

  /** Moves to the edit before; false when the beginning is reached. */
  stepBack(): bool {
    if (this.edits === 0) return false
    const diagonal = this.x - this.y
    this.edits--
    const isDown = this.cameDown(this.edits, diagonal)
    const previous = isDown ? diagonal + 1 : diagonal - 1
    this.x = this.remembered(this.edits, previous)
    this.y = this.x - previous
    this.isRemoval = !isDown
    this.line = isDown ? this.fromB + this.y : this.fromA + this.x
    return true
  }

  /** One edit from a neighbour, then along equal lines as far as they go. */
  private advance(edits: i32, diagonal: i32, lengthA: i32, lengthB: i32): i32 {
    const isDown =
      diagonal === -edits ||
      (diagonal !== edits && this.reachOf(diagonal - 1) < this.reachOf(diagonal + 1))
    let x = isDown ? this.reachOf(diagonal + 1) : this.reachOf(diagonal - 1) + 1
    const start = x
    while (
      x < lengthA &&
      x - diagonal < lengthB &&
      this.before.number(this.fromA + x) === this.after.number(this.fromB + x - diagonal)
    ) {
      x++
    }
    this.comparisons += x - start + 1
    this.setReach(diagonal, x)
    return x
  }

  private cameDown(edits: i32, diagonal: i32): bool {
    if (diagonal === -(edits + 1)) return true
    if (diagonal === edits + 1) return false
    return this.remembered(edits, diagonal - 1) < this.remembered(edits, diagonal + 1)
  }

  /** The diagonals -edits, -edits + 2, … edits; the rows before it take up their triangle. */
  private remember(edits: i32): void {
    if (this.trace === 0) this.trace = reserve((((EDITS_MAX + 1) * (EDITS_MAX + 2)) / 2) << 2)
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      store<i32>(this.place(edits, diagonal), this.reachOf(diagonal))
    }
  }

  private remembered(edits: i32, diagonal: i32): i32 {
    return load<i32>(this.place(edits, diagonal))
  }

  private place(edits: i32, diagonal: i32): usize {
    return this.trace + ((<usize>((edits * (edits + 1)) / 2 + (diagonal + edits) / 2)) << 2)
  }

  private reachOf(diagonal: i32): i32 {
    return load<i32>(this.reach + ((<usize>(diagonal + EDITS_MAX + 1)) << 2))
  }

  private setReach(diagonal: i32, x: i32): void {
    store<i32>(this.reach + ((<usize>(diagonal + EDITS_MAX + 1)) << 2), x)
  }
}
