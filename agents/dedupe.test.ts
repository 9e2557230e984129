import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Deduped {
  lines: number
  blank_lines: number
  unique: number
  exact_duplicates: number
  near_duplicates: number
  unique_lines: string[]
}

test('dedupe: exact and near repetitions → which line each repeats', async () => {
  const lines = [
    'The export button does nothing in Firefox',
    '  Cannot log in after the update',
    'the export button does nothing in firefox!',
    'Cannot log in after the update  ',
    '',
    'Please add dark mode',
    'The export button does nothing in Firefox 128',
  ]
  expect(await resultOf('dedupe', lines.join('\r\n'))).toEqual({
    lines: 7,
    blank_lines: 1,
    unique: 3,
    exact_duplicates: 1,
    near_duplicates: 2,
    near_search_is_complete: true,
    duplicates: [
      { line: 3, repeats_line: 1, similarity: 1, text: lines[2] },
      { line: 4, repeats_line: 2, similarity: 1, text: 'Cannot log in after the update' },
      { line: 7, repeats_line: 1, similarity: 0.905, text: lines[6] },
    ],
    unique_lines: [lines[0], 'Cannot log in after the update', lines[5]],
  })
})

test('dedupe: different short lines, and lines of signs alone → all kept', async () => {
  const lines = ['a', 'b', '+', '-', '---', '===', 'é', '世界', '界世']
  expect(await resultOf('dedupe', lines.join('\n'))).toMatchObject({ unique_lines: lines })
})

test('dedupe: lines too long to shingle → compared exactly only', async () => {
  const long = 'word '.repeat(500)
  expect(await resultOf('dedupe', `${long}1\n${long}2\n${long}1`)).toMatchObject({
    unique: 2,
    exact_duplicates: 1,
    near_duplicates: 0,
  })
})

test('dedupe: nothing → refused', async () => {
  expect(await refusalOf('dedupe', '\n \n')).toBe('The input is empty.')
})

const words = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'Error', '42', '!', '')
const someLines = fc
  .array(
    fc.array(words, { maxLength: 6 }).map((parts) => parts.join(' ')),
    { maxLength: 40 },
  )
  .filter((lines) => lines.some((line) => line.trim() !== ''))

test('dedupe: any lines → a subset in order, whose sum fits, and which stays as it is', async () => {
  await fc.assert(
    fc.asyncProperty(someLines, async (lines) => {
      const first = await resultOf<Deduped>('dedupe', lines.join('\n'))
      const trimmed = lines.map((line) => line.trim()).filter((line) => line !== '')
      const exactlyUnique = [...new Set(trimmed)]
      let from = -1
      for (const kept of first.unique_lines) {
        from = exactlyUnique.indexOf(kept, from + 1)
        expect(from).toBeGreaterThanOrEqual(0)
      }
      expect(first.unique + first.exact_duplicates + first.near_duplicates).toBe(trimmed.length)
      expect(first.unique_lines.length).toBe(first.unique)
      const second = await resultOf<Deduped>('dedupe', first.unique_lines.join('\n'))
      expect(second.unique_lines).toEqual(first.unique_lines)
    }),
  )
})
