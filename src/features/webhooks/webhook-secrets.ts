import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto'
import type { WebhookSignatureScheme } from '@cadre/contract'
import type { Random } from '#platform/random.ts'

const TOKEN_BYTES = 32
const SECRET_BYTES = 32
const TOKEN_SHAPE = /^hook_[A-Za-z0-9_-]{43}$/

/** What stands in the address: knowing it is what permits to send. */
export const newToken = (random: Random): string =>
  `hook_${Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')}`

/** What is stored. A plain hash is enough, for the token has 256 bits of chance. */
export const hashOfToken = (token: string): string => hash('sha256', token)

/** False for what cannot be one of ours, so that guesses cost no look-up. */
export const isPlausibleToken = (token: string): boolean => TOKEN_SHAPE.test(token)

/** A secret in the form in which senders of this scheme keep theirs. */
export const newSecret = (scheme: WebhookSignatureScheme, random: Random): string => {
  const bytes = Buffer.from(random.bytes(SECRET_BYTES))
  return scheme === 'github' ? bytes.toString('hex') : `whsec_${bytes.toString('base64')}`
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * The secret as it is stored: opened by the token alone, which comes with each delivery and is not
 * stored. So neither the database nor the address is enough to sign a message.
 */
export const seal = (secret: string, token: string, random: Random): string => {
  const nonce = Buffer.from(random.bytes(NONCE_BYTES))
  const cipher = createCipheriv(CIPHER, keyOf(token), nonce)
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
}

/** Throws where it was sealed with another token. */
export const unseal = (sealed: string, token: string): string => {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(CIPHER, keyOf(token), bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES))
  return Buffer.concat([opened, decipher.final()]).toString('utf8')
}

const keyOf = (token: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', token, '', 'cadre webhook signing secret', 32))
