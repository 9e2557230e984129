/**
 * Letters to insert, leave out, replace or swap with their neighbour to make one word of another
 * (optimal string alignment). Answers `max + 1` as soon as it is more than `max`.
 */
export const editDistance = (left: string, right: string, max: number): number => {
  if (Math.abs(left.length - right.length) > max) return max + 1
  const width = right.length + 1
  let beforeLast = Array.from({ length: width }, () => 0)
  let last = Array.from({ length: width }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    let least = row
    for (let column = 1; column < width; column++) {
      const isSame = left[row - 1] === right[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      )
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (row > 1 && column > 1 && isSwapped)
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
      least = Math.min(least, cost)
    }
    if (least > max) return max + 1
    beforeLast = last
    last = current
  }
  return Math.min(last[right.length] ?? 0, max + 1)
}
