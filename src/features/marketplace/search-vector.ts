import { compoundsOf, formsOf, isStopWord, meaningsOf, wordsOf } from './search-words.ts'

/** What an item is found by. */
export interface SearchedTexts {
  name: string
  tags: readonly string[]
  capabilities: readonly string[]
  description: string
  readme: string
}

export interface SearchVectors {
  /** Text of a `tsvector` with the words of name, tags and capabilities. */
  strong: string
  /** The same with those of the description and the README. */
  words: string
  /** Words that may be meant by what is misspelt. */
  vocabulary: string[]
}

/** Bounds what one row takes; what stands further down in a README tells little. */
const DESCRIPTION_WORDS_MAX = 80
const README_WORDS_MAX = 120

type Weight = 'A' | 'B' | 'C' | 'D'

/**
 * The words of an item by weight: A name, B tags and capabilities, C description and what names
 * and tags mean besides, D README. Made here rather than by the database's dictionaries, so that
 * every database finds the same.
 */
export const searchVectorsOf = (item: SearchedTexts): SearchVectors => {
  const nameWords = wordsOf(item.name)
  const tagWords = [...item.tags, ...item.capabilities].flatMap(wordsAndCompounds)
  const described = wordsAndCompounds(item.description).slice(0, DESCRIPTION_WORDS_MAX)
  const read = wordsOf(item.readme).filter((word) => !isStopWord(word))
  const all = new Map<string, Weight>()
  const add = (words: readonly string[], weight: Weight) => {
    for (const word of words) if (!all.has(word)) all.set(word, weight)
  }
  add([...nameWords.flatMap(formsOf), nameWords.join('')], 'A')
  add(tagWords.flatMap(formsOf), 'B')
  const strong = new Map(all)
  add([...nameWords, ...tagWords].flatMap(meaningsOf), 'C')
  add(described.filter((word) => !isStopWord(word)).flatMap(formsOf), 'C')
  add([...new Set(read)].slice(0, README_WORDS_MAX).flatMap(formsOf), 'D')
  return {
    strong: vectorText(strong),
    words: vectorText(all),
    vocabulary: [...new Set([...nameWords, nameWords.join(''), ...tagWords, ...described])]
      .filter((word) => word.length >= VOCABULARY_LENGTH_MIN && !isStopWord(word))
      .toSorted(),
  }
}

const VOCABULARY_LENGTH_MIN = 3

const wordsAndCompounds = (text: string): string[] => [...wordsOf(text), ...compoundsOf(text)]

/** Positions are needed for weights to be kept, and tell nothing else here. */
const vectorText = (words: ReadonlyMap<string, Weight>): string =>
  [...words].map(([word, weight]) => `'${word}':1${weight}`).join(' ')
