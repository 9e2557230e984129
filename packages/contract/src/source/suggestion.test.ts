import fc from 'fast-check'
import { expect, test } from 'vitest'
import { suggestion } from './suggestion.ts'

test.each([
  ['agnet', ['agent', 'capability'], 'agent'],
  ['resevre', ['reserve', 'ship'], 'reserve'],
  ['NEEDS', ['needs', 'when'], 'needs'],
  ['timeout', ['timeouts_all', 'timeout_seconds'], 'timeout_seconds'],
  ['need', ['needs', 'feed'], 'needs'],
])('%s of %j → %s', (word, known, expected) => {
  expect(suggestion(word, known)).toBe(`; did you mean \`${expected}\`?`)
})

test.each([
  ['b', ['a', 'c']],
  ['invoice', ['reserve', 'ship']],
  ['', ['a']],
  ['x'.repeat(10_000), ['x'.repeat(9_999)]],
])('%s of %j → nothing', (word, known) => {
  expect(suggestion(word, known)).toBe('')
})

test('a word with up to two changes is found; one with none in common is not', () => {
  const letters = fc.stringMatching(/^[a-m]{6,20}$/)
  fc.assert(
    fc.property(letters, fc.nat(), fc.nat(), (word, first, second) => {
      const without = word.slice(0, first % word.length) + word.slice((first % word.length) + 1)
      const place = second % without.length
      const changed = `${without.slice(0, place)}z${without.slice(place + 1)}`
      expect(suggestion(changed, ['unlike_all', word])).toContain(`\`${word}\``)
      expect(suggestion('nopqrstu', [word])).toBe('')
    }),
  )
})
