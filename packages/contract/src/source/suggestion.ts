const DISTANCE_MAX = 2
const LENGTH_MAX = 64
/** Words of so many letters stand for longer ones that they begin: `timeout`, `timeout_seconds`. */
const BEGINNING_MIN = 4

/** `; did you mean \`x\`?` for the word that is most like `word`, or nothing. */
export const suggestion = (word: string, known: Iterable<string>): string => {
  if (word.length > LENGTH_MAX) return ''
  const wanted = word.toLowerCase()
  let best: { word: string; distance: number } | null = null
  for (const candidate of known) {
    if (wanted.length >= BEGINNING_MIN && candidate.startsWith(`${wanted}_`))
      best = { word: candidate, distance: 1 }
    if (Math.abs(candidate.length - word.length) > DISTANCE_MAX) continue
    const distance = distanceOf(wanted, candidate.toLowerCase())
    const isNear = distance <= DISTANCE_MAX && distance * 2 <= word.length
    if (isNear && distance < (best?.distance ?? Infinity)) best = { word: candidate, distance }
  }
  return best === null ? '' : `; did you mean \`${best.word}\`?`
}

/**
 * Letters to insert, remove, replace or swap with their neighbour (Damerau, Levenshtein). Only what
 * lies within the greatest distance of the diagonal is looked at; beyond it the distance is infinite.
 */
const distanceOf = (left: string, right: string): number => {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) =>
    index <= DISTANCE_MAX ? index : Infinity,
  )
  for (let row = 1; row <= left.length; row += 1) {
    const current: number[] = []
    if (row <= DISTANCE_MAX) current[0] = row
    const end = Math.min(right.length, row + DISTANCE_MAX)
    let least = current[0] ?? Infinity
    for (let column = Math.max(1, row - DISTANCE_MAX); column <= end; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      const isSwapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      const distance = Math.min(
        (last[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        (last[column - 1] ?? Infinity) + (isSame ? 0 : 1),
        isSwapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
      )
      current[column] = distance
      least = Math.min(least, distance)
    }
    if (least > DISTANCE_MAX) return Infinity
    beforeLast = last
    last = current
  }
  return last[right.length] ?? Infinity
}
