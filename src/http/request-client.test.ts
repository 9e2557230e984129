import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { clientOf } from './request-client.ts'

const from = (remoteAddress: string, headers: Record<string, string> = {}, hops = 0) =>
  clientOf({ headers, socket: { remoteAddress } as IncomingMessage['socket'] }, hops)

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7::/64'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0007::', '2001:db8:0:7::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('address %s → counted as %s', (address, counted) => {
  expect(from(address).address).toBe(counted)
})

test('no proxies configured → what the headers say is not believed', () => {
  const headers = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' }
  expect(from('192.0.2.1', headers)).toEqual({ address: '192.0.2.1', isSecure: false })
})

test.each([
  ['198.51.100.7', 1, '198.51.100.7'],
  ['forged, 198.51.100.7', 1, '198.51.100.7'],
  ['forged, 198.51.100.7, 10.0.0.1', 2, '198.51.100.7'],
  ['2001:db8::9', 1, '2001:db8:0:0::/64'],
  ['unknown', 1, '192.0.2.1'],
  ['198.51.100.7', 2, '192.0.2.1'],
  ['', 1, '192.0.2.1'],
])('X-Forwarded-For "%s" behind %i → %s', (forwarded, hops, address) => {
  expect(from('192.0.2.1', { 'x-forwarded-for': forwarded }, hops).address).toBe(address)
})

test.each([
  ['https', true],
  ['http, https', true],
  ['https, http', false],
  ['', false],
])('X-Forwarded-Proto "%s" behind a proxy → secure: %s', (scheme, isSecure) => {
  expect(from('192.0.2.1', { 'x-forwarded-proto': scheme }, 1).isSecure).toBe(isSecure)
})
