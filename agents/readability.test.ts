import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Readability {
  syllables: number
  flesch_reading_ease: number
  level: string
}

test('readability: a plain text → every formula as published', async () => {
  const text = 'The cat sat on the mat. It was warm there. The dog came in and saw the animal.'
  const words = 18
  const sentences = 3
  const syllables = 20
  const letters = 58
  expect(await resultOf('readability', text)).toEqual({
    flesch_reading_ease: oneDecimal(
      206.835 - (1.015 * words) / sentences - (84.6 * syllables) / words,
    ),
    level: 'very easy',
    flesch_kincaid_grade: oneDecimal(
      (0.39 * words) / sentences + (11.8 * syllables) / words - 15.59,
    ),
    gunning_fog: oneDecimal(0.4 * (words / sentences + 100 / words)),
    smog: oneDecimal(1.043 * Math.sqrt(30 / sentences) + 3.1291),
    coleman_liau: oneDecimal((5.88 * letters) / words - (29.6 * sentences) / words - 15.8),
    automated_readability_index: oneDecimal(
      (4.71 * letters) / words + (0.5 * words) / sentences - 21.43,
    ),
    sentences,
    words,
    syllables,
    complex_words: 1,
    words_per_sentence: 6,
    syllables_per_word: 1.11,
    longest_sentences: [
      { words: 8, text: 'The dog came in and saw the animal.' },
      { words: 6, text: 'The cat sat on the mat.' },
      { words: 4, text: 'It was warm there.' },
    ],
  })
})

test('readability: words of known length → their syllables', async () => {
  const known: Record<number, string> = {
    1: 'the cat strength make walked queue horse loved moves',
    2: 'table little wanted wishes bridges boxes language equal nation people create doing programme',
    3: 'animal beautiful computer radio banana syllable actual',
    4: 'information education available january',
  }
  const wrong: string[] = []
  let total = 0
  for (const [count, words] of Object.entries(known)) {
    for (const word of words.split(' ')) {
      const { syllables } = await resultOf<Readability>('readability', word)
      total++
      if (syllables !== Number(count)) wrong.push(`${word}: ${syllables}`)
    }
  }
  expect(wrong.length / total, wrong.join(', ')).toBeLessThanOrEqual(0.1)
})

test('readability: an official letter → harder than a plain one', async () => {
  const official =
    'Notwithstanding the aforementioned considerations, the administration reserves the right to discontinue participation.'
  const hard = await resultOf<Readability>('readability', official)
  const plain = await resultOf<Readability>('readability', 'You may not take part any more.')
  expect(hard.flesch_reading_ease).toBeLessThan(plain.flesch_reading_ease)
  expect(hard.level).toBe('very difficult')
})

test('readability: no words → refused', async () => {
  expect(await refusalOf('readability', '42 – 17 …')).toBe('The input has no words to judge.')
  expect(await refusalOf('readability', '')).toBe('The input is empty.')
})

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}
