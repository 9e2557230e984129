import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { signedBytes } from '@cadre/contract'

// Ed25519 (RFC 8032) over the pre-authentication encoding of DSSE. No database, no state.

export const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
const KEY_ID_LENGTH = 16
/** SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 4), up to the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A text as it was signed, and by whom. The text is never written anew. */
export interface Envelope {
  payloadType: string
  payload: string
  signature: Uint8Array
  keyId: string
}

export const keyIdOf = (publicKey: Uint8Array): string =>
  hash('sha256', publicKey, 'hex').slice(0, KEY_ID_LENGTH)

/** @throws Error for what is no point of the curve */
export const verifierOf = (publicKey: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })

/** Reads 32 bytes in base64, or PEM. Null for anything else. */
export const parsePublicKey = (text: string): Uint8Array | null => {
  const given = text.trim()
  try {
    if (given.includes('BEGIN PUBLIC KEY')) {
      const key = createPublicKey(given)
      return key.asymmetricKeyType === 'ed25519'
        ? Uint8Array.from(key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length))
        : null
    }
    const bytes = Buffer.from(given, 'base64')
    const isExact = bytes.length === PUBLIC_KEY_BYTES && bytes.toString('base64') === given
    if (!isExact) return null
    verifierOf(bytes)
    return Uint8Array.from(bytes)
  } catch {
    return null
  }
}

/** A new pair; the private key as PEM. */
export const generateKey = (): { publicKey: Uint8Array; privateKey: string } => {
  const pair = generateKeyPairSync('ed25519')
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' })
  return {
    publicKey: Uint8Array.from(spki.subarray(SPKI_PREFIX.length)),
    privateKey: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

export const signerOf = (privateKey: string): KeyObject => createPrivateKey(privateKey)

export const signText = (
  signer: { keyId: string; key: KeyObject },
  { payloadType, payload }: Pick<Envelope, 'payloadType' | 'payload'>,
): Envelope => ({
  payloadType,
  payload,
  signature: Uint8Array.from(sign(null, signedBytes(payloadType, payload), signer.key)),
  keyId: signer.keyId,
})

/** Whether exactly this text, as this type, was signed by the key. */
export const isSignedBy = (key: KeyObject, envelope: Omit<Envelope, 'keyId'>): boolean =>
  envelope.signature.length === SIGNATURE_BYTES &&
  verify(null, signedBytes(envelope.payloadType, envelope.payload), key, envelope.signature)
