import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blobs, ListedBlob } from '#platform/blobs/blobs.ts'
import { BLOB_ADAPTERS, type BlobSite } from './blob-adapters.ts'

const LIMITS = { bytesMax: 1_000 }
const MEBIBYTE = 1_048_576

const contentOf = (...chunks: (string | Uint8Array)[]) =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
const bytesOf = async (content: Readable) => Buffer.concat(await content.toArray())
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.each(BLOB_ADAPTERS)('blobs: $name', ({ open }) => {
  let site: BlobSite
  let blobs: Blobs
  beforeAll(async () => {
    site = await open()
    blobs = site.blobs
  })
  afterAll(() => site.close())

  test('keep: any bytes in any chunks → read back alike under their digest', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }),
        async (chunks) => {
          const whole = Buffer.concat(chunks)
          const staged = await blobs.stage(contentOf(...chunks), LIMITS)
          expect(staged).toMatchObject({ sha256: digestOf(whole), bytes: whole.length })
          expect(await bytesOf(staged.open())).toEqual(whole)
          const key = await staged.keep()
          expect(key).toBe(digestOf(whole))
          expect(Buffer.from(await blobs.read(key)).equals(whole)).toBe(true)
          const opened = await blobs.open(key)
          expect(opened.bytes).toBe(whole.length)
          expect(await bytesOf(opened.content)).toEqual(whole)
          expect(await site.incoming()).toEqual([])
        },
      ),
      { numRuns: 25 },
    ))

  test('keep: many megabytes → read back alike', async () => {
    const chunks = Array.from({ length: 40 }, (_, n) => Buffer.alloc(MEBIBYTE, n))
    const staged = await blobs.stage(Readable.from(chunks), { bytesMax: 64 * MEBIBYTE })
    const read = await blobs.read(await staged.keep())
    expect(digestOf(read)).toBe(staged.sha256)
    expect(await site.incoming()).toEqual([])
  })

  test('list: what is kept, once each, with when; what is staged or removed is not', async () => {
    const before = Date.now() - 2_000
    const key = await (await blobs.stage(contentOf('listed'), LIMITS)).keep()
    const gone = await (await blobs.stage(contentOf('gone'), LIMITS)).keep()
    const staged = await blobs.stage(contentOf('only staged'), LIMITS)
    await blobs.remove(gone)
    const all: ListedBlob[] = []
    for await (const page of blobs.list()) all.push(...page)
    const keys = all.map((blob) => blob.key)
    expect(keys).toContain(key)
    expect(keys).not.toContain(gone)
    expect(keys).not.toContain(staged.sha256)
    expect(new Set(keys).size).toBe(keys.length)
    const found = all.find((blob) => blob.key === key)
    expect(found?.keptAt.getTime()).toBeGreaterThan(before)
    expect(found?.keptAt.getTime()).toBeLessThan(Date.now() + 2_000)
    await staged.discard()
  })

  test('address: nothing, or one that serves these bytes as a file without a key', async () => {
    const key = await (await blobs.stage(contentOf('for all'), LIMITS)).keep()
    const address = await blobs.address(key, { expiresSeconds: 60, fileName: 'a"b\r\n.wasm' })
    if (address === null) return
    const answer = await fetch(address)
    expect(await answer.text()).toBe('for all')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a_b__.wasm"')
  })

  test('keep: the same bytes twice, and at the same time → one and the same', async () => {
    const first = await (await blobs.stage(contentOf('same'), LIMITS)).keep()
    const staged = await Promise.all(
      ['sa', 's'].map((start) => blobs.stage(contentOf(start, 'same'.slice(start.length)), LIMITS)),
    )
    const keys = await Promise.all(staged.map((blob) => blob.keep()))
    expect(new Set([first, ...keys]).size).toBe(1)
    expect(Buffer.from(await blobs.read(first)).toString()).toBe('same')
    expect(await site.incoming()).toEqual([])
  })

  test('stage: not kept → not there; discarding twice, or after keep, does nothing', async () => {
    const staged = await blobs.stage(contentOf('unwanted'), LIMITS)
    await expect(blobs.read(staged.sha256)).rejects.toMatchObject({ code: 'blob.not_found' })
    await staged.discard()
    await staged.discard()
    expect(await site.incoming()).toEqual([])
    const kept = await blobs.stage(contentOf('wanted'), LIMITS)
    const key = await kept.keep()
    await kept.discard()
    expect(Buffer.from(await blobs.read(key)).toString()).toBe('wanted')
  })

  test.each([new Error('the line went dead'), undefined])(
    'stage: stream breaks off (%s) → refused, nothing left',
    async (reason) => {
      const broken = new Readable({ read: () => {} })
      broken.push('half of')
      const staging = blobs.stage(broken, LIMITS)
      broken.destroy(reason)
      await expect(staging).rejects.toThrow()
      expect(await site.incoming()).toEqual([])
    },
  )

  test('stage: one byte more than allowed → too large, nothing left', async () => {
    const largest = await blobs.stage(contentOf('x'.repeat(1_000)), LIMITS)
    await largest.discard()
    await expect(blobs.stage(contentOf('x'.repeat(1_001)), LIMITS)).rejects.toMatchObject({
      kind: 'too_large',
      code: 'blob.too_large',
    })
    expect(await site.incoming()).toEqual([])
  })

  test.each(['../../etc/passwd', '..', '', 'a', `${'a'.repeat(64)}/x`, 'A'.repeat(64), '%2e%2e'])(
    'key %j → no key, whatever stands there',
    async (key) => {
      await expect(blobs.read(key)).rejects.toMatchObject({ code: 'blob.not_found' })
      await expect(blobs.revision(key)).rejects.toMatchObject({ code: 'blob.not_found' })
      await expect(blobs.open(key)).rejects.toMatchObject({ code: 'blob.not_found' })
      await expect(blobs.remove(key)).rejects.toMatchObject({ code: 'blob.not_found' })
    },
  )

  test('revision: the same as long as nothing changes; absent → not found', async () => {
    const key = await (await blobs.stage(contentOf('genuine'), LIMITS)).keep()
    expect(await blobs.revision(key)).toBe(await blobs.revision(key))
    await blobs.remove(key)
    await expect(blobs.revision(key)).rejects.toMatchObject({
      kind: 'not_found',
      code: 'blob.not_found',
    })
  })

  test('remove: twice → gone, and no fault', async () => {
    const key = await (await blobs.stage(contentOf('short-lived'), LIMITS)).keep()
    await blobs.remove(key)
    await blobs.remove(key)
    await expect(blobs.read(key)).rejects.toMatchObject({ code: 'blob.not_found' })
    await expect(blobs.open(key)).rejects.toMatchObject({ code: 'blob.not_found' })
  })
})
