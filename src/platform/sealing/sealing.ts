import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import type { Random } from '../random.ts'

/**
 * Keeps secrets that the database holds from those who can only read the database. A sealed text
 * names the key that it needs, and opens in its own place only.
 */
export interface Sealing {
  /** @param place what the text is for, such as `registry_keys/9f86d081884c7d65` */
  seal(text: string, place: string): string
  /**
   * What was sealed in this place; a text that never was sealed is answered as it is.
   * @throws Error that tells the mend, where the key is not here or the text was changed
   */
  open(text: string, place: string): string
  /** False where the text should be sealed anew: it is plain, or by an earlier key. */
  isCurrent(text: string): boolean
}

export const SEALING_KEY_BYTES = 32
const PREFIX = 'sealed:v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals nothing, and opens what is not sealed. */
export const noSealing = (): Sealing => ({
  seal: (text) => text,
  open: (text) => {
    if (isSealed(text)) throw notOpened('no key to open it is set')
    return text
  },
  isCurrent: () => true,
})

/**
 * AES-256-GCM with a random nonce (NIST SP 800-38D). The first key seals; the others open what they
 * sealed, so that keys can be changed.
 */
export const createSealing = (
  keys: readonly [Uint8Array, ...Uint8Array[]],
  random: Random,
): Sealing => {
  const known = new Map(keys.map((key) => [keyIdOf(key), key]))
  const [current] = keys
  const currentId = keyIdOf(current)
  return {
    seal: (text, place) => {
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(place))
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      const sealed = Buffer.concat([nonce, cipher.getAuthTag(), content])
      return `${PREFIX}:${currentId}:${sealed.toString('base64url')}`
    },
    open: (text, place) => {
      if (!isSealed(text)) return text
      const [keyId = '', encoded = ''] = text.slice(PREFIX.length + 1).split(':')
      const key = known.get(keyId)
      if (key === undefined) throw notOpened(`it was sealed with the key ${keyId}`)
      const sealed = Buffer.from(encoded, 'base64url')
      const nonce = sealed.subarray(0, NONCE_BYTES)
      try {
        const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        cipher.setAAD(Buffer.from(place))
        cipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const content = sealed.subarray(NONCE_BYTES + TAG_BYTES)
        return Buffer.concat([cipher.update(content), cipher.final()]).toString('utf8')
      } catch (error) {
        throw notOpened('it was changed, or belongs to another place', error)
      }
    },
    isCurrent: (text) => text.startsWith(`${PREFIX}:${currentId}:`),
  }
}

const isSealed = (text: string): boolean => text.startsWith(`${PREFIX}:`)

/** Tells keys apart, and nothing about them. */
const keyIdOf = (key: Uint8Array): string =>
  createHash('sha256').update('cadre sealing key').update(key).digest('hex').slice(0, 8)

const notOpened = (reason: string, cause?: unknown): Error =>
  new Error(
    `A secret in the database cannot be opened: ${reason}. Set CADRE_SEALING_KEY (or the file sealing-key in the data directory) to what it was when the secret was sealed.`,
    { cause },
  )
