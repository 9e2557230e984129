import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ModuleSource } from './module-inspector.ts'

/** A module that is in memory anyway. */
export const moduleOf = (content: Uint8Array): ModuleSource => ({
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
  open: () => Readable.from([content]),
})
