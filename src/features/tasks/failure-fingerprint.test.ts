import { expect, test } from 'vitest'
import { fingerprintOf } from './failure-fingerprint.ts'

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
