import { createHash } from 'node:crypto'
import type { Blobs } from './blobs.ts'

/**
 * SHA-256 of what is stored under a key now, in lower-case hexadecimal; memory stays flat.
 * Rejects with `blob.not_found`.
 */
export const digestOf = async (blobs: Pick<Blobs, 'open'>, key: string): Promise<string> => {
  const { content } = await blobs.open(key)
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}
