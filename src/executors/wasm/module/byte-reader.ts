import { malformed } from './module-refusal.ts'

const U32_BYTES_MAX = 5

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a WebAssembly binary front to back (core specification, section 5.2). Every read stays
 * within `[offset, end)` and throws `ModuleRefusal` otherwise, so parsing ends after at most
 * `end - offset` steps whatever the bytes are.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly end: number
  offset: number

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes
    this.offset = offset
    this.end = end
  }

  get isAtEnd(): boolean {
    return this.offset >= this.end
  }

  byte(): number {
    const value = this.offset < this.end ? this.bytes[this.offset] : undefined
    if (value === undefined) throw malformed(this.offset, 'it ends too early')
    this.offset += 1
    return value
  }

  /** An unsigned 32-bit LEB128 number of at most five bytes. */
  u32(): number {
    const start = this.offset
    let value = 0
    for (let index = 0; index < U32_BYTES_MAX; index += 1) {
      const byte = this.byte()
      if (index === U32_BYTES_MAX - 1 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return value
    }
    throw malformed(start, 'a number is encoded in too many bits')
  }

  /** Steps over a LEB128 number whose value does not matter here. */
  skipNumber(bytesMax: number): void {
    const start = this.offset
    for (let index = 0; index < bytesMax; index += 1) if (this.byte() < 0x80) return
    throw malformed(start, 'a number is encoded in too many bits')
  }

  skip(count: number): void {
    if (count > this.end - this.offset) throw malformed(this.offset, 'it ends too early')
    this.offset += count
  }

  /** A name: a length and that many bytes of UTF-8. */
  name(): string {
    const length = this.u32()
    const start = this.offset
    this.skip(length)
    try {
      return utf8.decode(this.bytes.subarray(start, this.offset))
    } catch {
      throw malformed(start, 'a name is not UTF-8')
    }
  }
}
