import type { Queryable } from '#platform/db/db.ts'
import { editDistance } from './edit-distance.ts'
import { alikeWords, countListingsWith, unknownWords } from './word-store.ts'

const CANDIDATES_MAX = 8
const SHORTEST = 3

/** How many letters of a word may be wrong. */
const faultsAllowed = (word: string): number => (word.length < 5 ? 1 : word.length < 9 ? 2 : 3)

/**
 * The words, with those that nothing begins with replaced by what was probably meant. Null where
 * nothing is misspelt, or nobody can tell what is meant.
 */
export const corrected = async (
  db: Queryable,
  words: readonly string[],
): Promise<string[] | null> => {
  const unknown = await unknownWords(db, words)
  if (unknown.size === 0) return null
  const meant = new Map<string, string>()
  for (const word of unknown) {
    const isUnfinished = word === words.at(-1)
    const found = word.length < SHORTEST ? null : await meantBy(db, word, isUnfinished)
    if (found !== null) meant.set(word, found)
  }
  return meant.size === 0 ? null : words.map((word) => meant.get(word) ?? word)
}

const meantBy = async (
  db: Queryable,
  word: string,
  isUnfinished: boolean,
): Promise<string | null> => {
  const max = faultsAllowed(word)
  const near = (await alikeWords(db, word))
    .map((known) => ({ known, distance: distanceTo(word, known, { max, isUnfinished }) }))
    .filter(({ distance }) => distance <= max)
    .toSorted(
      (left, right) => left.distance - right.distance || left.known.length - right.known.length,
    )
  const [nearest] = near
  if (nearest === undefined) return null
  const candidates = near
    .filter(({ distance }) => distance === nearest.distance)
    .slice(0, CANDIDATES_MAX)
    .map(({ known }) => known)
  if (candidates.length === 1) return nearest.known
  const counts = await countListingsWith(db, candidates)
  return candidates.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0] ?? null
}

/** A word that is still being typed is compared with the beginning; that counts a little more. */
const UNFINISHED = 0.5

const distanceTo = (
  word: string,
  known: string,
  { max, isUnfinished }: { max: number; isUnfinished: boolean },
): number => {
  const whole = editDistance(word, known, max)
  if (!isUnfinished || known.length <= word.length) return whole
  return Math.min(whole, editDistance(word, known.slice(0, word.length), max) + UNFINISHED)
}
