import { blobNotFound } from './blob-errors.ts'

const KEY = /^[0-9a-f]{64}$/

export const isKey = (text: string): boolean => KEY.test(text)

/** Where a key's content stands, in a directory and in a bucket alike. Nothing else is a key. */
export const placeOf = (key: string): string => {
  if (!isKey(key)) throw blobNotFound(key)
  return `${key.slice(0, 2)}/${key}`
}

/** The key whose content stands at a place; null for places of anything else. */
export const keyAt = (place: string): string | null => {
  const key = place.slice(3)
  return isKey(key) && placeOf(key) === place ? key : null
}
