import type { Queryable } from '#platform/db/db.ts'

/** Of these words, those that are not known; of the last one, whether a known word begins so. */
export const unknownWords = async (
  db: Queryable,
  words: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await db.query<{ word: string }>(
    `select asked.word from unnest($1::text[]) as asked (word)
     where not exists (
       select 1 from marketplace_words as w
       where w.word >= asked.word collate "C"
         and w.word <= (asked.word || case when asked.word = $2 then chr(1114111) else '' end)
           collate "C")`,
    [words, words.at(-1) ?? ''],
  )
  return new Set(rows.map((row) => row.word))
}

const ALIKE_MAX = 200
/** Short words have too few trigrams to be alike by them: those with the same first letter are. */
const SHORT_LENGTH_MAX = 6
const SHORT_ALIKE_MAX = 3_000

/** Known words that may be meant by a misspelt one; nearest ones among them. */
export const alikeWords = async (db: Queryable, word: string): Promise<string[]> => {
  const rows = await db.query<{ word: string }>(
    `(select w.word from marketplace_words as w where w.word % $1
      order by similarity(w.word, $1) desc limit ${ALIKE_MAX})
     union
     (select w.word from marketplace_words as w
      where $2::boolean and left(w.word, 1) = left($1, 1)
        and length(w.word) between length($1) - 1 and length($1) + 1
      limit ${SHORT_ALIKE_MAX})`,
    [word, word.length <= SHORT_LENGTH_MAX],
  )
  return rows.map((row) => row.word)
}

const COUNT_MAX = 1_000

/** In how many listings each word stands, to a limit. */
export const countListingsWith = async (
  db: Queryable,
  words: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const rows = await db.query<{ word: string; count: number }>(
    `select asked.word, found.count
     from unnest($1::text[]) as asked (word) cross join lateral (
       select count(*) as count from (
         select 1 from marketplace_listings as l
         where l.words @@ ('''' || asked.word || '''')::tsquery limit ${COUNT_MAX}) as one) as found`,
    [words],
  )
  return new Map(rows.map((row) => [row.word, row.count]))
}
