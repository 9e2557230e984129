import { blobNotFound } from './blob-errors.ts'

const KEY = /^[0-9a-f]{64}$/

/** Where a key's content stands, in a directory and in a bucket alike. Nothing else is a key. */
export const placeOf = (key: string): string => {
  if (!KEY.test(key)) throw blobNotFound(key)
  return `${key.slice(0, 2)}/${key}`
}
