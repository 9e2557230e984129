import { createHash } from 'node:crypto'
import type { FailureCategory } from '@cadre/contract'

/** Beginnings are what tells failures apart, and bound the work. */
const TEXT_LENGTH_MAX = 4_000
const LIKENESS_LENGTH_MAX = 500

/** What differs from one failure to the next of its kind, the longer forms ahead of their parts. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'`<>]+/gi, '<url>'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '<address>'],
  [/\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?Z|[+-]\d\d:?\d\d)?)?/g, '<time>'],
  [/(?<!\d)\d{1,2}:\d\d:\d\d(?:[.,]\d+)?/g, '<time>'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '<n>'],
  [/"[^"\n]*"|`[^`\n]*`|[“„«][^”“»\n]*[”“»]/g, '<text>'],
  // An apostrophe within a word opens nothing.
  [/(?<![\w'])'[^'\n]*'(?!\w)/g, '<text>'],
  [/(?<![\w<>/\\.~-])(?:[a-z]:|~|\.{1,2})?[\\/][\w.@+%~-]+(?:[\\/][\w.@+%~-]+)*[\\/]?/gi, '<path>'],
  [/(?<![\w<>/\\.~-])[\w.@~-]+(?:[\\/][\w.@~-]+){2,}/g, '<path>'],
  [/\b0x[0-9a-f]+/gi, '<n>'],
  // Digests and generated names: long, of letters and figures; some happen to be numbers.
  [/(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{8,}(?![a-z0-9])/gi, '<n>'],
  [/(?<![a-z0-9])(?=(?:[a-z]*\d){3})[a-z0-9]{12,}(?![a-z0-9])/gi, '<n>'],
  [/\d+(?:[.,]\d+)*/g, '<n>'],
  [/\s+/g, ' '],
  // Lists of whatever length.
  [/(<[a-z]+>)(?:[,;|\s]{1,4}\1)+/g, '$1'],
]

/**
 * Groups failures that look alike: what differs from one to the next (ids, digests, numbers,
 * times, quoted text, paths, addresses) is left out of the comparison.
 * @returns 16 hexadecimal characters
 */
export const fingerprintOf = (category: FailureCategory, error: string): string =>
  createHash('sha256')
    .update(`${category}\n${likenessOf(error)}`)
    .digest('hex')
    .slice(0, 16)

const likenessOf = (error: string): string => {
  let likeness = error.slice(0, TEXT_LENGTH_MAX)
  for (const [pattern, placeholder] of VARIABLES)
    likeness = likeness.replaceAll(pattern, placeholder)
  return likeness.trim().slice(0, LIKENESS_LENGTH_MAX)
}
