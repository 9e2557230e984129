import { expect, test } from 'vitest'
import { refusalOf, resultOf } from './agent-host.ts'

interface Mood {
  label: string
  score: number
}

const moodOf = (text: string): Promise<Mood> => resultOf<Mood>('sentiment', text)
const scoreOf = async (text: string) => (await moodOf(text)).score

test('sentiment: a mixed text → the mood of each sentence and the words for it', async () => {
  const text = 'The team is helpful. Exports are slow! I would not call the manual bad. It is blue.'
  expect(await resultOf('sentiment', text)).toEqual({
    label: 'positive',
    score: 0.175,
    sentences: { total: 4, positive: 2, negative: 1, neutral: 1 },
    positive_words: [
      { word: 'helpful', count: 1 },
      { word: 'not bad', count: 1 },
    ],
    negative_words: [{ word: 'slow', count: 1 }],
    most_positive: { score: 0.459, text: 'The team is helpful.' },
    most_negative: { score: -0.273, text: 'Exports are slow!' },
  })
})

test('sentiment: plain opinions → their label', async () => {
  for (const text of ['I love it', 'Works well and looks great', 'Not bad at all', 'No problems']) {
    expect([text, (await moodOf(text)).label]).toEqual([text, 'positive'])
  }
  for (const text of ['I hate it', 'It is not good', "It doesn't work well", 'Never works']) {
    expect([text, (await moodOf(text)).label]).toEqual([text, 'negative'])
  }
  for (const text of ['The meeting is on Monday', '42', '世界', 'The unbad gooder']) {
    expect([text, (await moodOf(text)).label]).toEqual([text, 'neutral'])
  }
})

test('sentiment: degrees, shouting and exclamation → stronger or weaker', async () => {
  const plain = await scoreOf('It is good')
  expect(await scoreOf('It is very good')).toBeGreaterThan(plain)
  expect(await scoreOf('It is GOOD')).toBeGreaterThan(plain)
  expect(await scoreOf('It is good!!!')).toBeGreaterThan(plain)
  expect(await scoreOf('It is somewhat good')).toBeLessThan(plain)
  expect(await scoreOf('It is not very good')).toBeLessThan(0)
})

test('sentiment: a turn with "but" → what comes after it weighs more', async () => {
  expect(await scoreOf('It is ugly but useful')).toBeGreaterThan(0)
  expect(await scoreOf('It is useful but ugly')).toBeLessThan(0)
})

test('sentiment: opinions amid facts → not diluted by them', async () => {
  const opinion = 'This is awful.'
  expect(await scoreOf(`${opinion} ${'It is Monday. '.repeat(50)}`)).toBe(await scoreOf(opinion))
})

test('sentiment: nothing → refused', async () => {
  expect(await refusalOf('sentiment', ' ')).toBe('The input is empty.')
})
