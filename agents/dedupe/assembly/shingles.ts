import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { characterAt, sequenceLength } from '../../runtime/utf8'
import { isWordCharacter, lowerCaseInPlace } from '../../runtime/words'

/** Lines longer than this are compared exactly only: nobody repeats them by hand. */
export const SHINGLED_BYTES_MAX = 2_000
const SHINGLE_BYTES = 4
const SLOT_COUNT: u32 = 8_192
const SPACE: u8 = 0x20

/**
 * The set of overlapping pieces of a line, by their hashes. Two lines are as similar as their
 * sets have members in common, of all members of both (Jaccard). Case, punctuation and the width
 * of gaps make no difference.
 */
export class ShingleSet {
  size: i32 = 0
  hashes: usize = reserve(4 * (SHINGLED_BYTES_MAX + 8))
  private slots: usize = reserve(8 * SLOT_COUNT)
  private generation: u32 = 0
  private normal: Text = new Text(reserve(SHINGLED_BYTES_MAX + 8), 0)

  fill(line: Text): void {
    this.size = 0
    this.generation++
    this.normalise(line)
    const last = max(1, this.normal.length - SHINGLE_BYTES + 1)
    for (let index = 0; index < last; index++) {
      const hash = mix(load<u32>(this.normal.start + index))
      if (!this.insert(hash)) continue
      store<u32>(this.hashes + ((<usize>this.size) << 2), hash)
      this.size++
    }
  }

  hash(index: i32): u32 {
    return load<u32>(this.hashes + ((<usize>index) << 2))
  }

  similarity(other: ShingleSet): f64 {
    let common = 0
    for (let index = 0; index < other.size; index++) if (this.has(other.hash(index))) common++
    return <f64>common / <f64>(this.size + other.size - common)
  }

  /** Small letters and digits, with one space for whatever stands between them. */
  private normalise(line: Text): void {
    const start = this.normal.start
    let length = 0
    let isGap = true
    for (let index = 0; index < line.length;) {
      const size = sequenceLength(line.at(index))
      if (isWordCharacter(characterAt(line, index))) {
        memory.copy(start + length, line.start + index, size)
        length += size
        isGap = false
      } else if (!isGap) {
        store<u8>(start + length, SPACE)
        length++
        isGap = true
      }
      index += size
    }
    if (isGap && length > 0) length--
    this.normal.length = length
    memory.fill(start + length, 0, 4)
    if (length === 0) this.keepSigns(line)
    lowerCaseInPlace(this.normal)
  }

  /** A line of signs alone is what its signs are. */
  private keepSigns(line: Text): void {
    memory.copy(this.normal.start, line.start, line.length)
    this.normal.length = line.length
    memory.fill(this.normal.start + line.length, 0, 4)
  }

  private has(hash: u32): bool {
    return load<u32>(this.slotOf(hash), 4) === this.generation
  }

  private insert(hash: u32): bool {
    const slot = this.slotOf(hash)
    if (load<u32>(slot, 4) === this.generation) return false
    store<u32>(slot, hash)
    store<u32>(slot, this.generation, 4)
    return true
  }

  /** The slot of the hash, or a free one; slots of former generations are free. */
  private slotOf(hash: u32): usize {
    let position = hash & (SLOT_COUNT - 1)
    while (true) {
      const slot = this.slots + ((<usize>position) << 3)
      if (load<u32>(slot, 4) !== this.generation || load<u32>(slot) === hash) return slot
      position = (position + 1) & (SLOT_COUNT - 1)
    }
  }
}

/** Spreads the bits of four characters over all 32 (the finalizer of MurmurHash3). */
export function mix(value: u32): u32 {
  let hash = value
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35
  return hash ^ (hash >>> 16)
}
