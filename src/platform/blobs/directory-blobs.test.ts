import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { systemRandom } from '../random.ts'
import type { Blobs } from './blobs.ts'
import { createDirectoryBlobs } from './directory-blobs.ts'

const ids = createIds(systemClock, systemRandom)
const LIMITS = { bytesMax: 1_000 }

let directory: string
let blobs: Blobs
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cadre-blobs-'))
  blobs = await createDirectoryBlobs(directory, ids)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const contentOf = (...chunks: (string | Uint8Array)[]) =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const incoming = () => readdir(join(directory, 'incoming'))

test('keep: any bytes in any chunks → read back alike under their digest', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }),
      async (chunks) => {
        const whole = Buffer.concat(chunks)
        const staged = await blobs.stage(contentOf(...chunks), LIMITS)
        expect(staged).toMatchObject({ sha256: digestOf(whole), bytes: whole.length })
        expect(Buffer.from(await staged.read()).equals(whole)).toBe(true)
        const key = await staged.keep()
        expect(key).toBe(digestOf(whole))
        expect(Buffer.from(await blobs.read(key)).equals(whole)).toBe(true)
      },
    ),
    { numRuns: 30 },
  ))

test('keep: the same bytes twice → stored once', async () => {
  const first = await (await blobs.stage(contentOf('same'), LIMITS)).keep()
  const second = await (await blobs.stage(contentOf('sa', 'me'), LIMITS)).keep()
  expect(second).toBe(first)
  expect(await incoming()).toEqual([])
})

test('stage: discarded → nothing left; discarding again, or after keep, does nothing', async () => {
  const staged = await blobs.stage(contentOf('unwanted'), LIMITS)
  await staged.discard()
  await staged.discard()
  expect(await incoming()).toEqual([])
  const kept = await blobs.stage(contentOf('wanted'), LIMITS)
  const key = await kept.keep()
  await kept.discard()
  expect(Buffer.from(await blobs.read(key)).toString()).toBe('wanted')
})

test('stage: stream breaks off → refused, nothing left', async () => {
  const broken = new Readable({ read: () => {} })
  broken.push('half of')
  const staging = blobs.stage(broken, LIMITS)
  broken.destroy(new Error('the line went dead'))
  await expect(staging).rejects.toThrow('the line went dead')
  expect(await incoming()).toEqual([])
})

test('stage: stream closes without its end → refused, nothing left', async () => {
  const cut = new Readable({ read: () => {} })
  cut.push('half of')
  const staging = blobs.stage(cut, LIMITS)
  cut.destroy()
  await expect(staging).rejects.toThrow()
  expect(await incoming()).toEqual([])
})

test('stage: as large as allowed → taken; one byte more → too large, nothing left', async () => {
  await blobs.stage(contentOf('x'.repeat(1_000)), LIMITS)
  const before = await incoming()
  let isStopped = false
  const endless = Readable.from(
    (function* () {
      try {
        for (;;) yield Buffer.alloc(100)
      } finally {
        isStopped = true
      }
    })(),
  )
  await expect(blobs.stage(endless, LIMITS)).rejects.toMatchObject({
    kind: 'too_large',
    code: 'blob.too_large',
  })
  expect(await incoming()).toEqual(before)
  expect(isStopped).toBe(true)
})

test.each(['../../etc/passwd', '..', '', 'a', `${'a'.repeat(64)}/x`, 'A'.repeat(64), '%2e%2e'])(
  'path: key %j → never leaves the store',
  async (key) => {
    await writeFile(join(directory, '..', 'cadre-outside'), 'secret')
    await expect(blobs.read(key)).rejects.toMatchObject({ code: 'blob.not_found' })
    await expect(blobs.revision(key)).rejects.toMatchObject({ code: 'blob.not_found' })
    await expect(blobs.remove(key)).rejects.toMatchObject({ code: 'blob.not_found' })
    expect((await stat(join(directory, '..', 'cadre-outside'))).size).toBe(6)
    await rm(join(directory, '..', 'cadre-outside'))
  },
)

test('revision: content replaced behind our back → another revision', async () => {
  const key = await (await blobs.stage(contentOf('genuine'), LIMITS)).keep()
  const before = await blobs.revision(key)
  expect(await blobs.revision(key)).toBe(before)
  await writeFile(join(directory, key.slice(0, 2), key), 'altered')
  expect(await blobs.revision(key)).not.toBe(before)
})

test('remove: twice → gone, and no fault', async () => {
  const key = await (await blobs.stage(contentOf('short-lived'), LIMITS)).keep()
  await blobs.remove(key)
  await blobs.remove(key)
  await expect(blobs.read(key)).rejects.toMatchObject({ code: 'blob.not_found' })
})

test('start: leftovers of interrupted uploads → removed, what is kept stays', async () => {
  const key = await (await blobs.stage(contentOf('kept'), LIMITS)).keep()
  await mkdir(join(directory, 'incoming'), { recursive: true })
  await writeFile(join(directory, 'incoming', randomUUID()), 'half')
  const again = await createDirectoryBlobs(directory, ids)
  expect(await incoming()).toEqual([])
  expect(Buffer.from(await again.read(key)).toString()).toBe('kept')
})
