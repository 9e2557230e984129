import { verify } from 'node:crypto'
import type { Release, SignedEnvelope } from '@cadre/contract'
import { RELEASE_PAYLOAD_TYPE, signedBytes } from '@cadre/contract/signed-bytes'
import type { Check } from './check.ts'
import type { PublicKey } from './public-key.ts'

const SIGNATURE_BYTES = 64

/** Whether the key signed exactly this text, as a release. */
export const checkSignature = (envelope: SignedEnvelope, key: PublicKey): Check => {
  const signature = Buffer.from(String(envelope.signature), 'base64')
  const isRight =
    envelope.payload_type === RELEASE_PAYLOAD_TYPE &&
    signature.length === SIGNATURE_BYTES &&
    verify(null, signedBytes(RELEASE_PAYLOAD_TYPE, String(envelope.payload)), key.key, signature)
  return isRight
    ? { name: 'signature', status: 'ok', detail: `Ed25519, by the key ${key.id}` }
    : { name: 'signature', status: 'fail', detail: `is not one of this text by the key ${key.id}` }
}

/** What was signed, as far as it can be read. */
export const parseRelease = (payload: string): Partial<Release> | null => {
  try {
    const value: unknown = JSON.parse(payload)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}

/** Whether the text is the release of what was asked for. */
export const checkIdentity = (
  release: Partial<Release> | null,
  asked: { name: string; version: string },
): Check => {
  const name = 'release'
  if (release?.schema !== 'cadre.release/v1')
    return { name, status: 'fail', detail: 'is no release of a kind that is known here' }
  const said = `${release.name} ${release.version}`
  if (release.name !== asked.name || release.version !== asked.version)
    return { name, status: 'fail', detail: `is one of ${said}` }
  const by = `by ${release.publisher}, published ${release.published_at}`
  return { name, status: 'ok', detail: `${said} ${by}` }
}

/** Whether these bytes are the ones whose digest was signed. */
export const checkBinary = (
  release: Partial<Release> | null,
  found: { sha256: string; bytes: number },
): Check => {
  const name = 'binary'
  const { sha256 = null, bytes = null } = release?.artefact ?? {}
  if (sha256 === null) return { name, status: 'fail', detail: 'no digest of one was signed' }
  if (sha256 !== found.sha256 || (bytes !== null && bytes !== found.bytes))
    return {
      name,
      status: 'fail',
      detail: `SHA-256 is ${found.sha256}, signed was ${String(sha256)}`,
    }
  return { name, status: 'ok', detail: `SHA-256 ${found.sha256}` }
}
