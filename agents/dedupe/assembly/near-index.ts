import { reserve } from '../../runtime/memory'
import { Text } from '../../runtime/text'
import { mix, ShingleSet } from './shingles'

/** Lines count as nearly equal from this share of common pieces on. */
export const SIMILARITY_MIN: f64 = 0.8
const BANDS = 8
const ROWS_PER_BAND = 2
const MINIMA: u32 = 16
const SIGNATURE_BYTES: usize = 64
/** Two lines of the least similarity agree in about 13 of 16 minima; fewer than 8 is hopeless. */
const EQUAL_MINIMA_MIN = 8

/**
 * Finds the kept line that is most like a new one without comparing it to all: MinHash signatures
 * of 16 minima in 8 bands, where each band remembers the first line that had its value. Of two
 * lines that are 80 % alike it misses about one pair in 3,000.
 */
export class NearIndex {
  /** The kept line that the last `find` found, and how alike it is. */
  match: i32 = -1
  similarity: f64 = 0
  /** Lines it can hold. */
  readonly capacity: i32
  size: i32 = 0
  private signatures: usize
  private lines: usize
  private slots: usize
  private slotMask: u32
  private current: ShingleSet = new ShingleSet()
  private candidate: ShingleSet = new ShingleSet()
  private view: Text = new Text(0, 0)

  constructor(capacity: i32) {
    let slotCount: u32 = 16
    while (slotCount < <u32>capacity * BANDS * 2) slotCount *= 2
    this.capacity = capacity
    this.slotMask = slotCount - 1
    this.signatures = reserve(<usize>(capacity + 1) * SIGNATURE_BYTES)
    this.lines = reserve(<usize>(capacity + 1) * 12)
    this.slots = reserve((<usize>slotCount) << 2)
  }

  /** Whether a kept line is nearly equal. The line's signature is left ready for `keep`. */
  find(line: Text): bool {
    this.current.fill(line)
    this.sign()
    this.match = -1
    this.similarity = 0
    for (let band = 0; band < BANDS; band++) {
      const index = load<i32>(this.slotOf(band)) - 1
      if (index >= 0 && index !== this.match) this.compare(index)
    }
    return this.match >= 0
  }

  /** Keeps the line that `find` has just seen, under the caller's number. */
  keep(line: Text, number: i32): void {
    const record = this.lines + <usize>this.size * 12
    store<u32>(record, <u32>line.start)
    store<i32>(record, line.length, 4)
    store<i32>(record, number, 8)
    for (let band = 0; band < BANDS; band++) {
      const slot = this.slotOf(band)
      if (load<i32>(slot) === 0) store<i32>(slot, this.size + 1)
    }
    this.size++
  }

  /** The caller's number of a kept line. */
  numberOf(index: i32): i32 {
    return load<i32>(this.lines + <usize>index * 12, 8)
  }

  /** The signature of the current line goes where it stays if the line is kept. */
  private sign(): void {
    const signature = this.signatureOf(this.size)
    memory.fill(signature, 0xff, SIGNATURE_BYTES)
    for (let index = 0; index < this.current.size; index++) {
      const hash = this.current.hash(index)
      for (let row: u32 = 0; row < MINIMA; row++) {
        const place = signature + ((<usize>row) << 2)
        const value = (hash ^ (row * 0x9e3779b9)) * ((row * 0x85ebca6a) | 1)
        const spread = value ^ (value >>> 15)
        if (spread < load<u32>(place)) store<u32>(place, spread)
      }
    }
  }

  private compare(index: i32): void {
    if (this.equalMinima(index) < EQUAL_MINIMA_MIN) return
    const record = this.lines + <usize>index * 12
    this.view.start = load<u32>(record)
    this.view.length = load<i32>(record, 4)
    this.candidate.fill(this.view)
    const similarity = this.current.similarity(this.candidate)
    if (similarity < SIMILARITY_MIN || similarity <= this.similarity) return
    this.similarity = similarity
    this.match = index
  }

  private equalMinima(index: i32): i32 {
    const left = this.signatureOf(index)
    const right = this.signatureOf(this.size)
    let equal = 0
    for (let offset: usize = 0; offset < SIGNATURE_BYTES; offset += 4) {
      if (load<u32>(left + offset) === load<u32>(right + offset)) equal++
    }
    return equal
  }

  /** The slot of the current line's band, or the free one where it belongs. */
  private slotOf(band: i32): usize {
    const offset = (<usize>(band * ROWS_PER_BAND)) << 2
    const value = load<u64>(this.signatureOf(this.size) + offset)
    let position = mix(<u32>value ^ mix(<u32>(value >>> 32) + band)) & this.slotMask
    while (true) {
      const slot = this.slots + ((<usize>position) << 2)
      const index = load<i32>(slot) - 1
      if (index < 0 || load<u64>(this.signatureOf(index) + offset) === value) return slot
      position = (position + 1) & this.slotMask
    }
  }

  private signatureOf(index: i32): usize {
    return this.signatures + <usize>index * SIGNATURE_BYTES
  }
}
