import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { secretIn } from './secret-scan.ts'
import { secretInStream } from './secret-stream.ts'

const MEBIBYTE = 1_048_576
const inPieces = (text: string, bytes: number) => {
  const content = Buffer.from(text, 'latin1')
  const pieces = Math.ceil(content.length / bytes)
  return Readable.from(
    Array.from({ length: pieces }, (_, n) => content.subarray(n * bytes, (n + 1) * bytes)),
  )
}

test.each([
  `AKIA${'A1B2C3D4'.repeat(2)}`,
  `eyJ${'a'.repeat(9_000)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`,
  'postgres://app:correct-horse@db.shop.com/x',
  'https://user:password@example.com/',
  `ghp_${'a1B2'.repeat(9)}`,
  `xAKIA${'A1B2C3D4'.repeat(2)}`,
  'nothing at all',
])('%.20s at any place of a long stream → judged as in one text', (secret) =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: MEBIBYTE - 6_000, max: MEBIBYTE + 600 }),
      fc.integer({ min: 60_000, max: 2 * MEBIBYTE }),
      async (place, pieceBytes) => {
        const text = `${'.'.repeat(place)} ${secret} ${'.'.repeat(200_000)}`
        expect(await secretInStream(inPieces(text, pieceBytes))).toBe(secretIn(text))
      },
    ),
    { numRuns: 25 },
  ),
)
