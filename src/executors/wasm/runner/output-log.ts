export type OutputStream = 'stdout' | 'stderr'

const HEADER_BYTES = 8
const STDOUT_LENGTH = 0
const STDERR_LENGTH = 1

/**
 * What a program wrote, in memory that its thread and the runner share, so that it outlives the
 * thread. One region holds both streams, since they share one limit: stdout grows from the front;
 * stderr grows from the back, byte by byte in reverse.
 */
export class OutputLog {
  readonly shared: SharedArrayBuffer
  private readonly lengths: Int32Array
  private readonly region: Uint8Array

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared
    this.lengths = new Int32Array(shared, 0, 2)
    this.region = new Uint8Array(shared, HEADER_BYTES)
  }

  static ofCapacity(bytesMax: number): OutputLog {
    return new OutputLog(new SharedArrayBuffer(HEADER_BYTES + bytesMax))
  }

  get capacity(): number {
    return this.region.length
  }

  get freeBytes(): number {
    return this.capacity - this.length(STDOUT_LENGTH) - this.length(STDERR_LENGTH)
  }

  /** Keeps what fits; false when that was not everything. */
  append(stream: OutputStream, bytes: Uint8Array): boolean {
    const part = bytes.subarray(0, this.freeBytes)
    const slot = stream === 'stdout' ? STDOUT_LENGTH : STDERR_LENGTH
    const used = this.length(slot)
    if (stream === 'stdout') this.region.set(part, used)
    else this.region.set(part.toReversed(), this.capacity - used - part.length)
    // The length is published last: a reader never sees bytes that are not there yet.
    Atomics.store(this.lengths, slot, used + part.length)
    return part.length === bytes.length
  }

  /** A copy of what was written so far. */
  read(stream: OutputStream): Uint8Array {
    if (stream === 'stdout') return this.region.slice(0, this.length(STDOUT_LENGTH))
    return this.region.slice(this.capacity - this.length(STDERR_LENGTH)).reverse()
  }

  private length(slot: number): number {
    return Atomics.load(this.lengths, slot)
  }
}
