import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newApiKey } from '../identity/api-key.ts'
import { systemRandom } from '#platform/random.ts'
import { recordableText, recordableValue } from './recordable.ts'
import { anyText } from '../../../test/support/any-text.ts'

test('text with lines, NUL and direction marks → one line that shows them', () => {
  expect(recordableText('a\r\nb\u0000c\u202ed\u001b[31m\u2028', 100)).toBe(
    String.raw`a\u000d\u000ab\u0000c\u202ed\u001b[31m\u2028`,
  )
})

test('any text → short, well-formed, printable', () => {
  const text = anyText({ maxLength: 400 })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 300 }), (given, lengthMax) => {
      const kept = recordableText(given, lengthMax)
      expect(kept.length).toBeLessThanOrEqual(lengthMax)
      expect(kept.isWellFormed()).toBe(true)
      expect(kept).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u)
    }),
  )
})

test('keys and authorisation headers within any text → never kept', () => {
  const { key, prefix } = newApiKey(systemRandom)
  const text = recordableText(`curl -H "Authorization: Bearer ${key}" Basic dXNlcjpwYXNz`, 500)
  expect(text).not.toContain(key)
  expect(text).not.toContain(key.slice(-30))
  expect(text).not.toContain('dXNlcjpwYXNz')
  expect(recordableText(`key ${key}`, 100)).toBe(`key cadre_${prefix}_[redacted]`)
})

test('a key that the limit cuts in two → its rest is not kept either', () => {
  const { key } = newApiKey(systemRandom)
  for (let length = 1; length < 120; length++) {
    const kept = recordableText(`${'x'.repeat(40)}${key}`, length)
    expect(kept).not.toContain(key.slice(15, 25))
  }
})

test('fields that are named like secrets → redacted, at any depth; keys of concurrency are kept', () => {
  const value = {
    api_key: 'a',
    nested: [{ password: 'b', client_secret: 'c', refresh_token: 'd', Authorization: 'e' }],
    concurrency_key: 'customer',
    key: 'f',
  }
  expect(recordableValue(value)).toEqual({
    api_key: '[redacted]',
    nested: [
      {
        password: '[redacted]',
        client_secret: '[redacted]',
        refresh_token: '[redacted]',
        Authorization: '[redacted]',
      },
    ],
    concurrency_key: 'customer',
    key: '[redacted]',
  })
})

test('any value → a few kilobytes of JSON that survive being stored', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 8, withDate: true, withBigInt: true }), (given) => {
      const kept = recordableValue(given)
      const text = JSON.stringify(kept)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_192)
      expect(JSON.stringify(JSON.parse(text))).toBe(text)
    }),
  )
  expect(recordableValue(Array.from({ length: 50 }, () => 'x'.repeat(500)))).toEqual({
    omitted: expect.stringMatching(/^\d+ bytes$/),
  })
})
