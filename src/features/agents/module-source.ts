import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Blobs } from '#platform/blobs/blobs.ts'
import type { AgentBinary } from './agent.ts'
import type { ModuleSource } from './module-inspector.ts'

/** A module that is in memory anyway. */
export const moduleOf = (content: Uint8Array): ModuleSource => ({
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
  open: () => Readable.from([content]),
})

/** A module that is kept already. */
export const storedModule = (
  blobs: Pick<Blobs, 'open'>,
  { key, sha256, bytes }: Pick<AgentBinary, 'key' | 'sha256' | 'bytes'>,
): ModuleSource => ({
  sha256,
  bytes,
  open: () =>
    Readable.from(
      (async function* () {
        yield* (await blobs.open(key)).content
      })(),
    ),
})
