import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultOf, runAgent } from './agent-host.ts'

interface Counts {
  words: number
  characters: number
}

const ideograph =
  '[\\u3041-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}]'
const part = `(?:(?!${ideograph})[\\p{L}\\p{N}\\p{M}])`
const wordPattern = new RegExp(
  `(?=[\\p{L}\\p{N}\\p{M}])${ideograph}|${part}(?:(?:[-_'’]|(?<=[0-9])[.,](?=[0-9]))?${part})*`,
  'gu',
)

test('word-count: two sentences → every figure', async () => {
  expect(
    await resultOf('word-count', 'One fish, two fish.\r\nRed fish!\n\nBlue-ish fish?'),
  ).toEqual({
    words: 8,
    unique_words: 5,
    unique_words_is_minimum: false,
    characters: 46,
    characters_without_spaces: 37,
    bytes: 46,
    lines: 4,
    paragraphs: 2,
    sentences: 3,
    average_word_length: 4.13,
    longest_word: 'Blue-ish',
    reading_seconds: 3,
    top_words: [
      { word: 'fish', count: 4 },
      { word: 'one', count: 1 },
      { word: 'two', count: 1 },
      { word: 'red', count: 1 },
      { word: 'blue-ish', count: 1 },
    ],
  })
})

test('word-count: nothing → zeros', async () => {
  const result = await resultOf('word-count', '')
  expect(result).toMatchObject({
    words: 0,
    lines: 0,
    sentences: 0,
    longest_word: '',
    top_words: [],
  })
})

test('word-count: abbreviations and numbers → no end of a sentence', async () => {
  const text = 'Dr. Ada P. Smith paid 3.50, e.g. for tea. "Really?" she asked... Yes.'
  expect(await resultOf('word-count', text)).toMatchObject({ sentences: 3, words: 14 })
})

test('word-count: any text → the words a regular expression finds', async () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom(..."aZé7世カ -_’'.,!\n\r\t€😀"), maxLength: 200 }),
  )
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      const result = await resultOf<Counts>('word-count', text)
      expect(result.words).toBe(text.replace(/^\ufeff/, '').match(wordPattern)?.length ?? 0)
      expect(result.characters).toBe([...text.replace(/^\ufeff/, '')].length)
    }),
  )
})

test('word-count: any bytes → the characters the platform decoder finds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      const run = await runAgent('word-count', bytes)
      const decoded = new TextDecoder().decode(bytes)
      expect(JSON.parse(run.stdout)).toMatchObject({
        characters: [...decoded].length,
        bytes: Buffer.byteLength(decoded),
      })
    }),
  )
})
