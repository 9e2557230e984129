import { BlockHash, hexadecimal } from '../../runtime/block-hash'

// The first 32 bits of the sines of 1 to 64 (RFC 1321, 3.4).
// oxfmt-ignore
const CONSTANTS: usize = memory.data<u32>([
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
])
// Four rotations for each of the four rounds.
// oxfmt-ignore
const ROTATIONS: usize = memory.data<u8>([
  7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21,
])

/** MD5 as in RFC 1321. Broken for signatures; still asked for to compare files. */
export class Md5 extends BlockHash {
  private state: StaticArray<u32> = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]

  constructor() {
    super(64, false)
  }

  protected compress(block: usize): void {
    const state = this.state
    let a = state[0]
    let b = state[1]
    let c = state[2]
    let d = state[3]
    for (let step = 0; step < 64; step++) {
      const word = load<u32>(block + ((<usize>wordIndex(step)) << 2))
      const mixed = a + mix(step, b, c, d) + load<u32>(CONSTANTS + ((<usize>step) << 2)) + word
      const rotation = load<u8>(ROTATIONS + ((step >> 4) << 2) + (step & 3))
      a = d
      d = c
      c = b
      b += rotl(mixed, rotation)
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
  }

  protected digest(): string {
    return hexadecimal(changetype<usize>(this.state), 16)
  }
}

function mix(step: i32, b: u32, c: u32, d: u32): u32 {
  if (step < 16) return (b & c) | (~b & d)
  if (step < 32) return (d & b) | (~d & c)
  return step < 48 ? b ^ c ^ d : c ^ (b | ~d)
}

function wordIndex(step: i32): i32 {
  if (step < 16) return step
  if (step < 32) return (5 * step + 1) & 15
  return step < 48 ? (3 * step + 5) & 15 : (7 * step) & 15
}
