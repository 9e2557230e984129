import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance } from './edit-distance.ts'
import { skeletonOf } from './item-name.ts'
import { priceBandOf, pricesOf } from './price-band.ts'
import { leastLikelyRate, QUALITY_MAX, qualityOf } from './quality.ts'
import { stemOf, wordsOf } from './search-words.ts'
import { anyText } from '../../../test/support/any-text.ts'

test('property: quality → within its bounds, and more success is never worse', () =>
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.nat(10_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(1_000),
      (uses, activeTenants, rate, ratingCount) => {
        const of = (successRate: number) =>
          qualityOf(
            { uses, activeTenants, successRate, ratingSum: ratingCount * 3, ratingCount },
            1,
          )
        const quality = of(rate)
        expect(quality).toBeGreaterThanOrEqual(0)
        expect(quality).toBeLessThanOrEqual(QUALITY_MAX)
        expect(of(1)).toBeGreaterThanOrEqual(quality)
      },
    ),
  ))

test('rate: three of three → less sure than 990 of 1,000', () => {
  expect(leastLikelyRate(3, 3)).toBeLessThan(leastLikelyRate(990, 1_000))
})

test('property: edit distance → symmetric, nothing to itself, and as many as letters were changed', () =>
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (left, right) => {
      expect(editDistance(left, right, 20)).toBe(editDistance(right, left, 20))
      expect(editDistance(left, left, 3)).toBe(0)
      expect(editDistance(left, right, 2)).toBe(Math.min(3, editDistance(left, right, 20)))
    }),
  ))

test.each([
  ['word', 'wrod', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
])('edit distance: %s and %s → %i', (left, right, distance) => {
  expect(editDistance(left, right, 5)).toBe(distance)
})

test.each([
  ['word-count', 'wordcount'],
  ['w0rd-count', 'word-count'],
  ['rnodern', 'modern'],
  ['ful1', 'full'],
])('skeleton: %s → as that of %s', (left, right) => {
  expect(skeletonOf(left)).toBe(skeletonOf(right))
})

test.each([
  ['summarises', 'summarizing'],
  ['contracts', 'contract'],
  ['translating', 'translate'],
  ['invoices', 'invoice'],
  ['queries', 'query'],
  ['classifier', 'classifiers'],
])('stem: %s → as that of %s', (left, right) => {
  expect(stemOf(left)).toBe(stemOf(right))
})

test('property: words → bare, whatever the text', () =>
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), (text) => {
      for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}]{1,40}$/u)
    }),
  ))

test.each([
  ['0.000000', 'free'],
  ['0.000001', 'below_0.01'],
  ['0.010000', 'below_0.10'],
  ['0.999999', 'below_1'],
  ['1.000000', 'from_1'],
] as const)('price band: %s → %s', (price, band) => {
  expect(priceBandOf(price)).toBe(band)
  const { min, max } = pricesOf(band)
  expect(Number(price) >= Number(min) && (max === null || Number(price) < Number(max))).toBe(true)
})
