import { randomBytes } from 'node:crypto'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'

const PIECE_BYTES = 1_048_576

/** LEB128 of exactly five bytes. */
const lengthOf = (value: number): number[] =>
  [0, 1, 2, 3, 4].map((place) => ((value >>> (7 * place)) & 0x7f) | (place < 4 ? 0x80 : 0))

/** A sound program of exactly so many bytes, and of another digest each time. */
export const largeModule = (bytes: number): Buffer => {
  const content = bytes - ECHO.length - 6
  const piece = randomBytes(PIECE_BYTES)
  const custom = Buffer.alloc(content, piece)
  // The section's name: one letter.
  custom.write('\u0001a', 0, 'latin1')
  return Buffer.concat([ECHO, Buffer.from([0, ...lengthOf(content)]), custom])
}
