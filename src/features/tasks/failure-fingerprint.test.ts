import { FailureCategory } from '@cadre/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprintOf } from './failure-fingerprint.ts'
import { anyText } from '../../../test/support/any-text.ts'

test('fingerprint: ids, numbers and quoted text differ → alike', () => {
  const first = fingerprintOf(
    'retriable',
    'Order 17 of "Ada" failed at 0x7f3a: 3f2b8c1e-1111-4222-8333-444455556666',
  )
  const second = fingerprintOf(
    'retriable',
    'Order 4711 of "Grace"   failed at 0xdead: 00000000-aaaa-4bbb-8ccc-dddddddddddd',
  )
  expect(first).toBe(second)
  expect(first).toMatch(/^[0-9a-f]{16}$/)
})

test('fingerprint: other words or another category → apart', () => {
  const of = fingerprintOf('retriable', 'connection refused')
  expect(fingerprintOf('retriable', 'connection reset')).not.toBe(of)
  expect(fingerprintOf('timeout', 'connection refused')).not.toBe(of)
})

test('fingerprint: an endless error → bounded work', () => {
  expect(fingerprintOf('permanent', 'x'.repeat(1_000_000))).toBe(
    fingerprintOf('permanent', 'x'.repeat(2_000_000)),
  )
})

const PAIRS: Record<string, readonly [string, string]> = {
  'a time': ['at 2026-01-02T03:04:05.678Z it broke', 'at 2025-11-30T23:59:59+02:00 it broke'],
  'a time of day': ['12:00:01 worker lost', '9:30:59.123 worker lost'],
  'a path': ["ENOENT: open '/var/data/a.csv'", "ENOENT: open '/srv/in/b c.csv'"],
  'an absolute path': ['cannot read /var/data/a.csv', 'cannot read /srv/in/deep/er/b.json'],
  'a relative path': ['at src/orders/pay.ts:10:4', 'at lib/deep/er/pay.ts:221:19'],
  'a Windows path': ['cannot read C:\\data\\a.csv', 'cannot read D:\\in\\deep\\b.csv'],
  'an address on the web': ['GET https://a.example/x?y=1 → 503', 'GET http://b.example → 503'],
  'a mail address': ['no mailbox ada@example.org', 'no mailbox grace.h@mail.example.org'],
  'an IP address': ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED 127.0.0.1:6379'],
  'a digest': ['digest 9f86d081884c7d65 differs', 'digest 3a7bd3e2360a3d29 differs'],
  'a generated name': ['pod task01HXYZ9K3M7Q2 gone', 'pod task01JABCD4N8P6R0 gone'],
  'a decimal': ['took 1.5 s', 'took 300 s'],
  'a list': ['rows 1, 2, 3 are bad', 'rows 44, 5 are bad'],
  apostrophes: ["can't open 'a' or 'b'", "can't open 'long name' or 'c'"],
  backquotes: ['unknown column `total`', 'unknown column `sum of all`'],
}
for (const [what, [first, second]] of Object.entries(PAIRS))
  test(`fingerprint: only ${what} differs → alike`, () => {
    expect(fingerprintOf('retriable', first)).toBe(fingerprintOf('retriable', second))
  })

test.each([
  ['read and/or write failed', 'read failed'],
  ["doesn't exist and isn't wanted", "doesn't work and isn't wanted"],
  ['deadbeef refused', 'cafebabe refused'],
  ['exit code 1', 'signal 9'],
])('fingerprint: %j and %j → apart', (first, second) => {
  expect(fingerprintOf('retriable', first)).not.toBe(fingerprintOf('retriable', second))
})

const word = fc.constantFrom('cannot', 'open', 'the', 'ledger', 'of', 'customer', 'timed', 'out')
const variable = fc.oneof(
  fc.uuid(),
  fc.nat().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e6 }).map((n) => n.toFixed(3)),
  fc.stringMatching(/^0x[0-9a-f]{1,16}$/),
  fc.stringMatching(/^[a-f]\d[0-9a-f]{14,40}$/),
  fc
    .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
    .map((at) => at.toISOString()),
  fc.stringMatching(/^"[a-z 0-9]{0,30}"$/),
  fc.stringMatching(/^(\/[a-z0-9_.]{1,12}){1,5}$/),
)
const sameKind = fc.constantFrom(
  fc.uuid(),
  fc.nat().map(String),
  fc.stringMatching(/^0x[0-9a-f]{1,16}$/),
  fc.stringMatching(/^"[a-z 0-9]{0,30}"$/),
  fc.stringMatching(/^(\/[a-z0-9_.]{1,12}){1,5}$/),
  fc
    .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
    .map((at) => at.toISOString()),
)

test('fingerprint: same words around two variables of one kind → alike', () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      sameKind.chain((kind) => fc.tuple(kind, kind)),
      fc.array(word, { maxLength: 6 }),
      (before, [first, second], after) => {
        const text = (value: string) => [...before, value, ...after].join(' ')
        expect(fingerprintOf('retriable', text(first))).toBe(
          fingerprintOf('retriable', text(second)),
        )
      },
    ),
  )
})

test('fingerprint: one word changed beside any variable → apart', () => {
  fc.assert(
    fc.property(variable, word, word, (value, one, other) => {
      fc.pre(one !== other)
      expect(fingerprintOf('retriable', `${one} ${value}`)).not.toBe(
        fingerprintOf('retriable', `${other} ${value}`),
      )
    }),
  )
})

test('fingerprint: any text at all → 16 characters, always the same', () => {
  fc.assert(
    fc.property(
      anyText({ maxLength: 2_000 }),
      fc.constantFrom(...FailureCategory.options),
      (text, category) => {
        const fingerprint = fingerprintOf(category, text)
        expect(fingerprint).toMatch(/^[0-9a-f]{16}$/)
        expect(fingerprintOf(category, text)).toBe(fingerprint)
      },
    ),
  )
})

test.each(['a', '0', "'", '"', '/', 'a/', '0:', '<n> ', '1-', 'a@', 'a.', '\\', 'aA0'])(
  'fingerprint: 4,000 characters of %j → no more than linear work',
  (part) => {
    const text = part.repeat(4_000)
    const startedAt = performance.now()
    for (let round = 0; round < 10; round++) fingerprintOf('retriable', text + round)
    // Backtracking would take minutes; this leaves room for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  },
)
