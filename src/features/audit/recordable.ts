import type { Json } from '@cadre/contract'

// What strangers wrote becomes fit for a record that is kept for years and read by people, shells
// and spreadsheets: short, on one line, without secrets.

const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu
/** The secret part of our keys, and whatever follows an authorisation scheme. */
const KEY = /(cadre_[0-9A-Za-z]{8}_)[0-9A-Za-z]{8,}/g
const CREDENTIAL = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi
const SECRET_NAME =
  /^(?:.*[_-])?(?:key|api_?key|secret|password|passphrase|token|authorization|cookie|credentials?)$/i
/** Named like a key, but only tells work apart. */
const HARMLESS_NAME = /^(?:concurrency|idempotency)_key$/i

const VALUE_BYTES_MAX = 8_192
const TEXT_LENGTH_MAX = 500
const ITEMS_MAX = 50
const DEPTH_MAX = 6

/** One line of `lengthMax` UTF-16 units at the most; what cannot be seen is written as `\u000a`. */
export const recordableText = (text: string, lengthMax: number): string => {
  const escaped = text
    .slice(0, lengthMax * 2)
    .toWellFormed()
    .replace(KEY, '$1[redacted]')
    .replace(CREDENTIAL, '$1 [redacted]')
    .replace(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return escaped.length <= lengthMax
    ? escaped
    : `${escaped.slice(0, lengthMax - 1)}…`.toWellFormed()
}

/** A JSON value of a few kilobytes at the most, whatever it was. */
export const recordableValue = (value: unknown): Json => {
  const kept = keptOf(value, DEPTH_MAX)
  const bytes = Buffer.byteLength(JSON.stringify(kept))
  return bytes <= VALUE_BYTES_MAX ? kept : { omitted: `${bytes} bytes` }
}

const keptOf = (value: unknown, depth: number): Json => {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string') return recordableText(value, TEXT_LENGTH_MAX)
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object') return String(value)
  if (depth === 0) return '…'
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS_MAX).map((item) => keptOf(item, depth - 1))
    return value.length > ITEMS_MAX ? [...items, `… ${value.length - ITEMS_MAX} more`] : items
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, ITEMS_MAX)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [
        recordableText(name, 100),
        SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)
          ? '[redacted]'
          : keptOf(field, depth - 1),
      ]),
  )
}
