import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * Writes `agents/runtime/word-characters.ts` from the Unicode tables of the running Node. To be
 * run by hand when Unicode moves on, since the digests of several agents move with it.
 */
const isWordCharacter = /[\p{L}\p{N}\p{M}]/u
const boundaries: number[] = []
let isInside = false
for (let code = 0x80; code <= 0x110000; code++) {
  const isMember = code < 0x110000 && isWordCharacter.test(String.fromCodePoint(code))
  if (isMember !== isInside) boundaries.push(code)
  isInside = isMember
}

const source = `/**
 * Where runs of letters, numbers and marks begin and end beyond ASCII, in Unicode ${process.versions['unicode']}: every
 * entry of even index begins a run, the next one is the first character after it. Written by
 * \`node scripts/write-word-characters.ts\`.
 */
export const WORD_CHARACTER_BOUNDARY_COUNT: i32 = ${boundaries.length}
// oxfmt-ignore
export const WORD_CHARACTER_BOUNDARIES: usize = memory.data<u32>([
${lines(boundaries, 12).join('\n')}
])
`
writeFileSync(resolve(import.meta.dirname, '../agents/runtime/word-characters.ts'), source)

function lines(codes: number[], perLine: number): string[] {
  const count = Math.ceil(codes.length / perLine)
  return Array.from({ length: count }, (_, line) => {
    const part = codes.slice(line * perLine, (line + 1) * perLine)
    return `  ${part.map((code) => `0x${code.toString(16)}`).join(', ')},`
  })
}
