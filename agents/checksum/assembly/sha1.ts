import { BlockHash, hexadecimal } from '../../runtime/block-hash'
import { reserve } from '../../runtime/memory'

/** SHA-1 as in FIPS 180-4. Broken for signatures; still asked for to compare files. */
export class Sha1 extends BlockHash {
  private state: StaticArray<u32> = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  private schedule: usize = reserve(320)

  constructor() {
    super(64, true)
  }

  protected compress(block: usize): void {
    this.expand(block)
    const state = this.state
    let a = state[0]
    let b = state[1]
    let c = state[2]
    let d = state[3]
    let e = state[4]
    for (let round = 0; round < 80; round++) {
      const word = load<u32>(this.schedule + ((<usize>round) << 2))
      const mixed = rotl(a, 5) + mix(round, b, c, d) + e + roundConstant(round) + word
      e = d
      d = c
      c = rotl(b, 30)
      b = a
      a = mixed
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
  }

  protected digest(): string {
    for (let index = 0; index < 5; index++) this.state[index] = bswap(this.state[index])
    return hexadecimal(changetype<usize>(this.state), 20)
  }

  private expand(block: usize): void {
    const schedule = this.schedule
    for (let offset: usize = 0; offset < 64; offset += 4) {
      store<u32>(schedule + offset, bswap(load<u32>(block + offset)))
    }
    for (let offset: usize = 64; offset < 320; offset += 4) {
      const near = load<u32>(schedule + offset - 12) ^ load<u32>(schedule + offset - 32)
      const far = load<u32>(schedule + offset - 56) ^ load<u32>(schedule + offset - 64)
      store<u32>(schedule + offset, rotl(near ^ far, 1))
    }
  }
}

function mix(round: i32, b: u32, c: u32, d: u32): u32 {
  if (round < 20) return (b & c) | (~b & d)
  if (round >= 40 && round < 60) return (b & c) | (b & d) | (c & d)
  return b ^ c ^ d
}

function roundConstant(round: i32): u32 {
  if (round < 20) return 0x5a827999
  if (round < 40) return 0x6ed9eba1
  return round < 60 ? 0x8f1bbcdc : 0xca62c1d6
}
