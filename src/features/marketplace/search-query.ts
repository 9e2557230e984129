import { formsOf, isStopWord, meaningsOf, wordsOf } from './search-words.ts'

/** What somebody looks for, ready for the database. */
export interface TextQuery {
  /** Text of a `tsquery`. */
  all: string
  /** The same where one of the words is enough. */
  any: string
  /** Looks among names, tags and capabilities only: a word of a letter or two begins too many. */
  isNarrow: boolean
  /** As a name would be written. */
  name: string
}

const WORDS_MAX = 12
const PREFIX_LENGTH_MIN = 3

/** The words to look for. Null where there is none. */
export const queryWordsOf = (text: string): string[] | null => {
  const words = [...new Set(wordsOf(text))].slice(0, WORDS_MAX)
  const telling = words.filter((word) => !isStopWord(word))
  if (telling.length > 0) return telling
  return words.length > 0 ? words : null
}

/** Each word itself, what it comes from or means; the last one may be the beginning of a word. */
export const textQueryOf = (words: readonly string[]): TextQuery => {
  const terms = words.map((word, place) => {
    const isLast = place === words.length - 1
    const forms = formsOf(word).map((form) => `'${form}'`)
    const prefix = isLast ? [`'${word}':*`] : []
    return `(${[...prefix, ...forms, ...meaningsOf(word).map((mark) => `'${mark}'`)].join('|')})`
  })
  const joined = words.length > 1 ? `|'${words.join('')}'` : ''
  return {
    all: `(${terms.join('&')})${joined}`,
    any: terms.join('|'),
    isNarrow: (words.at(-1)?.length ?? 0) < PREFIX_LENGTH_MIN,
    name: words.join('-'),
  }
}
