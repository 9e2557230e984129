import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
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
const incoming = () => readdir(join(directory, 'incoming'))

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

test('start: leftovers of interrupted uploads → removed, what is kept stays', async () => {
  const key = await (await blobs.stage(contentOf('kept'), LIMITS)).keep()
  await mkdir(join(directory, 'incoming'), { recursive: true })
  await writeFile(join(directory, 'incoming', randomUUID()), 'half')
  const again = await createDirectoryBlobs(directory, ids)
  expect(await incoming()).toEqual([])
  expect(Buffer.from(await again.read(key)).toString()).toBe('kept')
})
