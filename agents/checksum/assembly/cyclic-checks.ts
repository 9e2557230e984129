/** The reflected polynomial of CRC-32 (IEEE 802.3, ISO 3309). */
const POLYNOMIAL: u32 = 0xedb88320
/** The largest prime below 2^16 (RFC 1950). */
const ADLER_MODULUS: u32 = 65_521
/** So many bytes can be summed before 32 bits could overflow. */
const ADLER_RUN_BYTES = 5_552

/** CRC-32 as in zip, gzip and PNG. */
export class Crc32 {
  private table: StaticArray<u32> = new StaticArray<u32>(256)
  private state: u32 = 0xffffffff

  constructor() {
    for (let index: u32 = 0; index < 256; index++) this.table[index] = divide(index)
  }

  update(start: usize, length: i32): void {
    let state = this.state
    for (let index = 0; index < length; index++) {
      state = (state >>> 8) ^ this.table[(state ^ load<u8>(start + index)) & 0xff]
    }
    this.state = state
  }

  finish(): u32 {
    return ~this.state
  }
}

/** Adler-32 as in zlib (RFC 1950). */
export class Adler32 {
  private low: u32 = 1
  private high: u32 = 0

  update(start: usize, length: i32): void {
    let done = 0
    while (done < length) {
      const end = min(length, done + ADLER_RUN_BYTES)
      for (; done < end; done++) {
        this.low += load<u8>(start + done)
        this.high += this.low
      }
      this.low %= ADLER_MODULUS
      this.high %= ADLER_MODULUS
    }
  }

  finish(): u32 {
    return (this.high << 16) | this.low
  }
}

function divide(byte: u32): u32 {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
  }
  return remainder
}
