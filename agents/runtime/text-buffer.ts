import { reserve } from './memory'
import { Text } from './text'

const FIRST_BYTES = 4_096

/** Text that is being made. Throws a sentence for people beyond its greatest length. */
export class TextBuffer {
  length: i32 = 0
  private start: usize = reserve(FIRST_BYTES)
  private capacity: i32 = FIRST_BYTES

  constructor(private bytesMax: i32) {}

  append(text: Text): void {
    this.appendBytes(text.start, text.length)
  }

  appendBytes(start: usize, length: i32): void {
    this.makeRoom(length)
    memory.copy(this.start + this.length, start, length)
    this.length += length
  }

  appendByte(byte: i32): void {
    this.makeRoom(1)
    store<u8>(this.start + this.length, <u8>byte)
    this.length++
  }

  appendString(literal: string): void {
    this.append(Text.of(literal))
  }

  /** A number that is not negative, in decimal. */
  appendInteger(value: i32): void {
    let divisor = 1
    while (value / divisor >= 10) divisor *= 10
    for (; divisor > 0; divisor /= 10) this.appendByte(0x30 + ((value / divisor) % 10))
  }

  /** What has been made so far; a view, so it is of no use after the next addition. */
  text(): Text {
    return new Text(this.start, this.length)
  }

  /** Points `view` at what has been made so far, for loops that must not make an object each time. */
  read(view: Text): void {
    view.start = this.start
    view.length = this.length
  }

  clear(): void {
    this.length = 0
  }

  private makeRoom(more: i32): void {
    if (more > this.bytesMax - this.length) {
      throw new Error(`The result is longer than ${this.bytesMax} bytes.`)
    }
    if (this.length + more <= this.capacity) return
    this.capacity = min(this.bytesMax, max(this.length + more, 2 * this.capacity))
    const larger = reserve(this.capacity)
    memory.copy(larger, this.start, this.length)
    this.start = larger
  }
}
