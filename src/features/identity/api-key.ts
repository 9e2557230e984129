import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Random } from '#platform/random.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const PREFIX_LENGTH = 8
/** 32 of 62 characters: 190 bits. */
const SECRET_LENGTH = 32
const CHECKSUM_LENGTH = 6
const SHAPE = /^cadre_([0-9A-Za-z]{8})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/

export interface NewApiKey {
  /** Shown once: `cadre_PREFIX_SECRETCHECKSUM`. */
  key: string
  /** Tells keys apart in lists and logs. Not secret. */
  prefix: string
  /** What is stored. A plain hash is enough, for the secret has 190 bits of chance. */
  sha256: string
}

export const newApiKey = (random: Random): NewApiKey => {
  const prefix = characters(random, PREFIX_LENGTH)
  const body = `cadre_${prefix}_${characters(random, SECRET_LENGTH)}`
  const key = body + checksumOf(body)
  return { key, prefix, sha256: hashOf(key) }
}

/** A key of an operator's choice (`CADRE_ADMIN_KEY`); named by its hash, so nothing of it shows. */
export const givenApiKey = (key: string): NewApiKey => {
  const sha256 = hashOf(key)
  return { key, prefix: `given-${sha256.slice(0, PREFIX_LENGTH)}`, sha256 }
}

/** What tells of a key which one it claims to be. Keys of an operator's choice are all one. */
export const prefixOf = (key: string): string => SHAPE.exec(key)?.[1] ?? 'given'

export const hashOf = (key: string): string => hash('sha256', key)

/** False for one of ours with a slip of the pen, so that typing errors cost no look-up. */
export const isPlausible = (key: string): boolean => {
  const match = SHAPE.exec(key)
  if (match === null) return !key.startsWith('cadre_')
  return checksumOf(key.slice(0, -CHECKSUM_LENGTH)) === match[3]
}

const checksumOf = (body: string): string => {
  let rest = crc32(body)
  let checksum = ''
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    checksum = ALPHABET.charAt(rest % ALPHABET.length) + checksum
    rest = Math.floor(rest / ALPHABET.length)
  }
  return checksum
}

/** Rejection sampling: 248 is the greatest multiple of 62 in a byte, so no character is likelier. */
const characters = (random: Random, count: number): string => {
  let text = ''
  while (text.length < count)
    for (const byte of random.bytes(count))
      if (byte < 248 && text.length < count) text += ALPHABET.charAt(byte % ALPHABET.length)
  return text
}
