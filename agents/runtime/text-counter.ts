import { reserve } from './memory'
import { Text } from './text'

const ENTRY_BYTES: usize = 12
const COUNT_OFFSET: usize = 8
const SLOT_BYTES: usize = 4

/**
 * Counts equal texts. It keeps only where they lie, so they must not change afterwards. A table
 * of fixed capacity: what does not fit is not counted, and `isFull` tells so.
 */
export class TextCounter {
  size: i32 = 0
  isFull: bool = false
  private entries: usize
  private slots: usize
  private slotMask: u32

  constructor(private capacity: i32) {
    let slotCount: u32 = 16
    while (slotCount < <u32>capacity * 2) slotCount *= 2
    this.slotMask = slotCount - 1
    this.entries = reserve(<usize>capacity * ENTRY_BYTES)
    this.slots = reserve(<usize>slotCount * SLOT_BYTES)
  }

  /** Counts one more of the text and answers its index, in order of first sight; -1 if full. */
  add(start: usize, length: i32): i32 {
    const slot = this.findSlot(start, length)
    let index = load<i32>(slot) - 1
    if (index < 0) {
      if (this.size === this.capacity) {
        this.isFull = true
        return -1
      }
      index = this.size++
      store<i32>(slot, index + 1)
      store<u32>(this.entry(index), <u32>start)
      store<u32>(this.entry(index), length, 4)
    }
    store<u32>(this.entry(index), load<u32>(this.entry(index), COUNT_OFFSET) + 1, COUNT_OFFSET)
    return index
  }

  addText(text: Text): i32 {
    return this.add(text.start, text.length)
  }

  /** The index of the text, or -1 if it was never counted. */
  find(start: usize, length: i32): i32 {
    return load<i32>(this.findSlot(start, length)) - 1
  }

  count(index: i32): i32 {
    return load<i32>(this.entry(index), COUNT_OFFSET)
  }

  text(index: i32): Text {
    return new Text(load<u32>(this.entry(index)), load<i32>(this.entry(index), 4))
  }

  /** Points `view` at the text, for loops that must not make an object each time. */
  read(index: i32, view: Text): void {
    view.start = load<u32>(this.entry(index))
    view.length = load<i32>(this.entry(index), 4)
  }

  private entry(index: i32): usize {
    return this.entries + <usize>index * ENTRY_BYTES
  }

  private findSlot(start: usize, length: i32): usize {
    let position = hashBytes(start, length) & this.slotMask
    while (true) {
      const slot = this.slots + <usize>position * SLOT_BYTES
      const index = load<i32>(slot) - 1
      if (index < 0 || this.isEntry(index, start, length)) return slot
      position = (position + 1) & this.slotMask
    }
  }

  private isEntry(index: i32, start: usize, length: i32): bool {
    const entry = this.entry(index)
    return load<i32>(entry, 4) === length && memory.compare(load<u32>(entry), start, length) === 0
  }
}

/** FNV-1a with a final mix, since the table uses the low bits. */
function hashBytes(start: usize, length: i32): u32 {
  let hash: u32 = 2_166_136_261
  for (let index = 0; index < length; index++) {
    hash = (hash ^ load<u8>(start + index)) * 16_777_619
  }
  hash ^= hash >>> 15
  hash *= 0x2c1b3c6d
  return hash ^ (hash >>> 13)
}
