import { randomBytes, randomFillSync } from 'node:crypto'

/** The only source of chance. Tests hand in a seeded one. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number
  /** Unpredictable bytes, fit for keys. */
  bytes(count: number): Uint8Array
}

/** The kernel is asked for many bytes at a time; every byte is handed out once. */
const POOL_BYTES = 4_096
const pool = Buffer.alloc(POOL_BYTES)
let poolOffset = POOL_BYTES

const pooledBytes = (count: number): Uint8Array => {
  if (count > POOL_BYTES / 8) return randomBytes(count)
  if (poolOffset + count > POOL_BYTES) {
    randomFillSync(pool)
    poolOffset = 0
  }
  const bytes = Uint8Array.from(pool.subarray(poolOffset, poolOffset + count))
  pool.fill(0, poolOffset, poolOffset + count)
  poolOffset += count
  return bytes
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: pooledBytes,
}

/** Repeatable chance from a 32-bit seed (mulberry32). Not fit for secrets. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    fraction,
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256)),
  }
}
