import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultOf, runAgent } from './agent-host.ts'

test('checksum: "abc" → the published vectors', async () => {
  expect(await resultOf('checksum', 'abc')).toEqual({
    bytes: 3,
    crc32: '352441c2',
    adler32: '024d0127',
    md5: '900150983cd24fb0d6963f7d28e17f72',
    sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    sha512:
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  })
})

test('checksum: any bytes → what node:crypto says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      const run = await runAgent('checksum', bytes)
      expect(JSON.parse(run.stdout)).toEqual(expectedOf(bytes))
    }),
  )
})

test('checksum: lengths around a block and its padding → what node:crypto says', async () => {
  for (const length of [55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129, 5_552, 65_537]) {
    const bytes = Buffer.alloc(length, 0xff)
    const run = await runAgent('checksum', bytes)
    expect(JSON.parse(run.stdout)).toEqual(expectedOf(bytes))
  }
})

function expectedOf(bytes: Uint8Array) {
  const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
  return {
    bytes: bytes.length,
    crc32: crc32(bytes).toString(16).padStart(8, '0'),
    adler32: adler32(bytes).toString(16).padStart(8, '0'),
    md5: digest('md5'),
    sha1: digest('sha1'),
    sha256: digest('sha256'),
    sha512: digest('sha512'),
  }
}

function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}
