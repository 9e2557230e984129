import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { usageError } from './failures.ts'
import type { Session } from './session.ts'

/** SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 4), up to the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const KEY_BYTES = 32
const KEY_ID_LENGTH = 16

export interface PublicKey {
  /** As Cadre names it: from the key itself, so that nobody can choose it. */
  id: string
  key: KeyObject
}

/** Reads an Ed25519 key: 32 bytes in base64, or PEM. Null for anything else. */
export const parsePublicKey = (text: string): PublicKey | null => {
  const given = text.trim()
  try {
    const key = given.includes('BEGIN PUBLIC KEY') ? createPublicKey(given) : keyOf(given)
    if (key?.asymmetricKeyType !== 'ed25519') return null
    const raw = key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
    return { id: createHash('sha256').update(raw).digest('hex').slice(0, KEY_ID_LENGTH), key }
  } catch {
    return null
  }
}

const keyOf = (base64: string): KeyObject | null => {
  const raw = Buffer.from(base64, 'base64')
  if (raw.length !== KEY_BYTES || raw.toString('base64') !== base64) return null
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}

/** The key that somebody typed, or that the named file holds. */
export const readPublicKey = async (
  given: string,
  { pathOf }: Pick<Session, 'pathOf'>,
): Promise<PublicKey> => {
  const typed = parsePublicKey(given)
  if (typed !== null) return typed
  const content = await readFile(pathOf(given), 'utf8').catch(() => null)
  const read = content === null ? null : parsePublicKey(content)
  if (read !== null) return read
  throw usageError(
    content === null
      ? '--public-key is neither an Ed25519 key in base64 nor a file that can be read.'
      : '--public-key names a file without an Ed25519 key in base64 or PEM.',
  )
}
