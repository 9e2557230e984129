import { CallFailure, ERRNO } from './errno.ts'

/** A span of guest memory. */
export interface Buffer {
  pointer: number
  length: number
}

/** Buffers that one call may name; POSIX calls it IOV_MAX. */
export const BUFFERS_MAX = 1_024
const BUFFER_BYTES = 8
const U32_MAX = 0xffff_ffff

/**
 * The program's linear memory as the host sees it. Every access is checked and fails the call
 * with EFAULT instead of throwing; pointers are unsigned, as the program means them.
 */
export class GuestMemory {
  private readonly memory: WebAssembly.Memory
  private cachedView: DataView<ArrayBuffer>
  private cachedBytes: Uint8Array<ArrayBuffer>

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory
    this.cachedView = new DataView(memory.buffer)
    this.cachedBytes = new Uint8Array(memory.buffer)
  }

  /** Memory never shrinks, so this is also the most that it ever had. */
  get byteLength(): number {
    return this.memory.buffer.byteLength
  }

  /** Growing replaces the buffer and detaches the old one, so views are renewed before use. */
  private renew(): void {
    const { buffer } = this.memory
    if (this.cachedView.buffer === buffer) return
    this.cachedView = new DataView(buffer)
    this.cachedBytes = new Uint8Array(buffer)
  }

  private checked(pointer: number, length: number): number {
    this.renew()
    const start = pointer >>> 0
    if (length > this.cachedBytes.length - start) throw new CallFailure(ERRNO.fault)
    return start
  }

  u32(pointer: number): number {
    const start = this.checked(pointer, 4)
    return this.cachedView.getUint32(start, true)
  }

  u16(pointer: number): number {
    const start = this.checked(pointer, 2)
    return this.cachedView.getUint16(start, true)
  }

  u8(pointer: number): number {
    const start = this.checked(pointer, 1)
    return this.cachedView.getUint8(start)
  }

  u64(pointer: number): bigint {
    const start = this.checked(pointer, 8)
    return this.cachedView.getBigUint64(start, true)
  }

  setU32(pointer: number, value: number): void {
    const start = this.checked(pointer, 4)
    this.cachedView.setUint32(start, value, true)
  }

  setU16(pointer: number, value: number): void {
    const start = this.checked(pointer, 2)
    this.cachedView.setUint16(start, value, true)
  }

  setU8(pointer: number, value: number): void {
    const start = this.checked(pointer, 1)
    this.cachedView.setUint8(start, value)
  }

  setU64(pointer: number, value: bigint): void {
    const start = this.checked(pointer, 8)
    this.cachedView.setBigUint64(start, value, true)
  }

  /** A live window into the memory; use it before the program runs again. */
  span(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const start = this.checked(pointer, length >>> 0)
    return this.cachedBytes.subarray(start, start + (length >>> 0))
  }

  /** Fails the call now if these bytes cannot be accessed later. */
  check(pointer: number, length: number): void {
    this.checked(pointer, length)
  }

  /** The buffers of a scattered read or gathered write, each checked, in order. */
  buffers(pointer: number, count: number): Buffer[] {
    const total = count >>> 0
    if (total > BUFFERS_MAX) throw new CallFailure(ERRNO.invalid)
    const buffers: Buffer[] = []
    let bytes = 0
    for (let index = 0; index < total; index += 1) {
      const entry = (pointer >>> 0) + index * BUFFER_BYTES
      if (entry > U32_MAX) throw new CallFailure(ERRNO.fault)
      const buffer = { pointer: this.u32(entry), length: this.u32(entry + 4) }
      this.checked(buffer.pointer, buffer.length)
      bytes += buffer.length
      buffers.push(buffer)
    }
    if (bytes > U32_MAX) throw new CallFailure(ERRNO.invalid)
    return buffers
  }
}
