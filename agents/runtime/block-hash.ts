import { reserve } from './memory'
import { hexadecimalDigit } from './json-writer'

/** The frame that MD5 and the SHA family share: whole blocks, then padding and the length. */
export abstract class BlockHash {
  private block: usize
  private used: i32 = 0
  private byteCount: u64 = 0

  constructor(
    private blockBytes: i32,
    private isBigEndian: bool,
  ) {
    this.block = reserve(blockBytes)
  }

  /** Mixes one whole block into the state. */
  protected abstract compress(block: usize): void

  /** The digest in lower-case hexadecimal, once everything is mixed in. */
  protected abstract digest(): string

  update(start: usize, length: i32): void {
    this.byteCount += length
    let done = 0
    while (done < length) {
      if (this.used === 0 && length - done >= this.blockBytes) {
        this.compress(start + done)
        done += this.blockBytes
        continue
      }
      const size = min(length - done, this.blockBytes - this.used)
      memory.copy(this.block + this.used, start + done, size)
      this.used += size
      done += size
      this.compressIfFull()
    }
  }

  /** Pads and answers the digest. The hash takes no more data afterwards. */
  finish(): string {
    const lengthBytes = this.blockBytes / 8
    store<u8>(this.block + this.used++, 0x80)
    this.compressIfFull()
    if (this.used > this.blockBytes - lengthBytes) {
      memory.fill(this.block + this.used, 0, this.blockBytes - this.used)
      this.compress(this.block)
      this.used = 0
    }
    memory.fill(this.block + this.used, 0, this.blockBytes - this.used)
    this.storeLength()
    this.compress(this.block)
    return this.digest()
  }

  private compressIfFull(): void {
    if (this.used < this.blockBytes) return
    this.compress(this.block)
    this.used = 0
  }

  private storeLength(): void {
    const bits = this.byteCount << 3
    const place = this.block + this.blockBytes - 8
    store<u64>(place, this.isBigEndian ? bswap<u64>(bits) : bits)
  }
}

/** `byteCount` bytes as lower-case hexadecimal. */
export function hexadecimal(start: usize, byteCount: i32): string {
  const digits = new StaticArray<u16>(byteCount * 2)
  for (let index = 0; index < byteCount; index++) {
    const byte = <i32>load<u8>(start + index)
    digits[index * 2] = <u16>hexadecimalDigit(byte >> 4)
    digits[index * 2 + 1] = <u16>hexadecimalDigit(byte & 15)
  }
  return String.UTF16.decodeUnsafe(changetype<usize>(digits), byteCount * 4)
}
