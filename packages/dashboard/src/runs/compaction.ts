/** Something that takes room on a line: its middle, and how wide it is. */
export interface Stretch {
  at: number
  width: number
}

/**
 * Moves stretches, given in their order, as little as possible so that none overlaps the next and
 * `gap` lies between them. Least squares by pooling neighbours that push each other.
 */
export const spread = (stretches: readonly Stretch[], gap: number): number[] => {
  const pools: { sum: number; count: number }[] = []
  let before = 0
  const offsets = stretches.map(({ at, width }, index) => {
    const last = stretches[index - 1]
    if (last !== undefined) before += (last.width + width) / 2 + gap
    let pool = { sum: at - before, count: 1 }
    for (let top = pools.at(-1); top !== undefined; top = pools.at(-1)) {
      if (top.sum / top.count < pool.sum / pool.count) break
      pools.pop()
      pool = { sum: top.sum + pool.sum, count: top.count + pool.count }
    }
    pools.push(pool)
    return before
  })
  const starts = pools.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count))
  return offsets.map((offset, index) => offset + (starts[index] ?? 0))
}

/**
 * Lines of stretches drawn together: the lines keep their order and, as far as there is room, their
 * proportions, but are no wider than the fullest of them needs. Answers each line's new middles.
 */
export const drawnTogether = (
  lines: readonly (readonly Stretch[])[],
  gap: number,
): readonly (readonly number[])[] => {
  const ends = lines.flat().flatMap(({ at, width }) => [at - width / 2, at + width / 2])
  const natural = Math.max(1, Math.max(...ends) - Math.min(...ends))
  const needed = Math.max(...lines.map((line) => roomOf(line, gap)))
  const scale = Math.min(1, needed / natural)
  return lines.map((line) =>
    spread(
      line.map(({ at, width }) => ({ at: at * scale, width })),
      gap,
    ),
  )
}

const roomOf = (line: readonly Stretch[], gap: number) =>
  line.reduce((sum, { width }) => sum + width + gap, -gap)
