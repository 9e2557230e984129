import { randomBytes } from 'node:crypto'

/** The only source of chance. Tests hand in a seeded one. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number
  /** Unpredictable bytes, fit for keys. */
  bytes(count: number): Uint8Array
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
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
