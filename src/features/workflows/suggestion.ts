const DISTANCE_MAX = 2
const LENGTH_MAX = 64

/** `; did you mean \`x\`?` for the word that is most like `word`, or nothing. */
export const suggestion = (word: string, known: Iterable<string>): string => {
  if (word.length > LENGTH_MAX) return ''
  const wanted = word.toLowerCase()
  let best: { word: string; distance: number } | null = null
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > DISTANCE_MAX) continue
    const distance = distanceOf(wanted, candidate.toLowerCase())
    const isNear = distance <= DISTANCE_MAX && distance < Math.max(word.length, 2) / 2 + 1
    if (isNear && distance < (best?.distance ?? Infinity)) best = { word: candidate, distance }
  }
  return best === null ? '' : `; did you mean \`${best.word}\`?`
}

/** Letters to insert, remove, replace or swap with their neighbour (Damerau, Levenshtein). */
const distanceOf = (left: string, right: string): number => {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      const isSwapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return last[right.length] ?? 0
}
