import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Keywords {
  words: number
  keywords: { phrase: string; score: number; count: number }[]
}

const keywordsOf = async (text: string): Promise<string[]> =>
  (await resultOf<Keywords>('keyword-extract', text)).keywords.map(({ phrase }) => phrase)

test('keyword-extract: a phrase that comes back → first, with score and count', async () => {
  const text = 'The task queue waits. A task queue is a queue, and the broker is not.'
  expect(await resultOf('keyword-extract', text)).toEqual({
    words: 15,
    keywords: [
      { phrase: 'task queue', score: 9, count: 2 },
      { phrase: 'task queue waits', score: 7.5, count: 1 },
      { phrase: 'queue', score: 6, count: 3 },
      { phrase: 'broker', score: 1, count: 1 },
    ],
  })
})

test('keyword-extract: stop words, numbers and punctuation → never inside of a phrase', async () => {
  const phrases = await keywordsOf(
    'Red apples, green pears; 12 apples of gold (silver bowls) and plums.',
  )
  expect(phrases.toSorted()).toEqual([
    'apples',
    'gold',
    'green pears',
    'plums',
    'red apples',
    'silver bowls',
  ])
})

test('keyword-extract: a phrase broken over lines and in capitals → one phrase', async () => {
  const phrases = await resultOf<Keywords>('keyword-extract', 'Dead  Letter\nis a dead\nletter')
  expect(phrases.keywords[0]).toMatchObject({ phrase: 'dead letter', count: 2 })
})

test('keyword-extract: a word only within a chosen phrase → not listed again', async () => {
  expect(await keywordsOf('open source. open source. open source.')).toEqual(['open source'])
})

test('keyword-extract: only stop words → no keywords; nothing → refused', async () => {
  expect(await keywordsOf('this is what it was about')).toEqual([])
  expect(await refusalOf('keyword-extract', '\n')).toBe('The input is empty.')
})

test('keyword-extract: a long text → 25 at the most, best first', async () => {
  const text = Array.from({ length: 500 }, (_, index) => `topic${index % 60} matters.`).join(' ')
  const { keywords } = await resultOf<Keywords>('keyword-extract', text)
  expect(keywords.length).toBe(25)
  const scores = keywords.map(({ score }) => score)
  expect(scores).toEqual(scores.toSorted((left, right) => right - left))
})
