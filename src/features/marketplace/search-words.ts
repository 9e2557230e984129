/** Words that stand in every text and tell nothing. */
const STOP_WORDS = new Set(
  'a an and any are as at be by for from has have how in into is it its of on or that the their then there these this to was what when which who will with you your'.split(
    ' ',
  ),
)

/**
 * Words that people use for the same. A line is one meaning; words that mean more than one thing
 * stand in no line. In the form that {@link stemOf} gives.
 */
const SYNONYM_LINES = [
  'summary summarise abstract digest tldr recap condense shorten',
  'translate translation localise localisation',
  'sentiment opinion mood emotion tone polarity',
  'invoice bill receipt',
  'csv spreadsheet tabular tsv',
  'dedupe deduplicate duplicate unique distinct',
  'secret credential password',
  'email mail inbox',
  'image picture photo',
  'classify categorise classification',
  'convert transform conversion',
  'checksum hash fingerprint',
  'schedule cron timer',
  'notify alert notification',
  'chart plot graph diagram',
  'date calendar time',
  'compare diff comparison',
  'keyword keyphrase topic',
  'pdf document',
  'anonymise redact pseudonymise masking mask',
  'validate verify validation',
  'merge combine join',
  'forecast predict prediction',
  'weather climate meteorology',
  'speech voice audio',
  'transcribe transcription dictation',
  'scrape crawl crawler scraper',
  'shipping delivery logistics',
  'payment checkout billing',
]

/** A word that nobody types, for a whole line. */
const LINE_MARK = '~'

/**
 * The words of a text, in order, as they are compared: without marks above letters, in lower case.
 */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
    ?.map((word) => word.slice(0, WORD_LENGTH_MAX))
    // NFKD takes some letters apart that lower case puts together again.
    .filter((word) => word.isWellFormed()) ?? []

const WORD_LENGTH_MAX = 40

/** Words that a text joins by hyphens, as those write them who join them without. */
export const compoundsOf = (text: string): string[] =>
  (text.match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)+/gu) ?? []).map((compound) =>
    wordsOf(compound).join('').slice(0, WORD_LENGTH_MAX),
  )

export const isStopWord = (word: string): boolean => STOP_WORDS.has(word)

const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/^(\w{3,})ies$/, '$1y'],
  [/^(\w{2,}(?:ss|sh|ch|x|z))es$/, '$1'],
  [/^(\w{2,}[^su])s$/, '$1'],
]
const VERB_ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/^(\w{3,})(?:is|iz)(?:ation|ing|ed|er|e)$/, '$1ise'],
  [/^(\w*[aeiouy]\w*)([bdfgklmnprt])\2(?:ing|ed|er)$/, '$1$2'],
  [/^(\w{3,})(?:ing|ed)$/, '$1'],
]

/**
 * What a word and its inflections have in common. Light, for English: endings of plurals and verbs,
 * and American spellings. Wrong stems do no harm as long as they are wrong in the same way.
 */
export const stemOf = (word: string): string => {
  let stem = word
  for (const [ending, rest] of ENDINGS) {
    const cut = stem.replace(ending, rest)
    if (cut === stem) continue
    stem = cut
    break
  }
  for (const [ending, rest] of VERB_ENDINGS) {
    const cut = stem.replace(ending, rest)
    if (cut !== stem) return cut.replace(/e$/, '')
  }
  return stem.length > 4 ? stem.replace(/(?:er|e)$/, '') : stem
}

const LINES = new Map<string, string[]>()
for (const [line, words] of SYNONYM_LINES.entries())
  for (const word of words.split(' ')) {
    const stem = stemOf(word)
    LINES.set(stem, [...(LINES.get(stem) ?? []), `${LINE_MARK}${line}`])
  }

/** Marks of the meanings of a word; none for most. */
export const meaningsOf = (word: string): readonly string[] => LINES.get(stemOf(word)) ?? []

/** A word and its stem, without repeating itself. */
export const formsOf = (word: string): string[] => {
  const stem = stemOf(word)
  return stem === word ? [word] : [word, stem]
}
