/** Upper bounds in milliseconds, a fifth of a decade apart; one more bucket holds the rest. */
export const DURATION_BOUNDS_MS: readonly number[] = Array.from({ length: 46 }, (_, step) =>
  Number((0.01 * 10 ** (step / 5)).toPrecision(4)),
)
export const BUCKET_COUNT = DURATION_BOUNDS_MS.length + 1

export const bucketOf = (durationMs: number): number => {
  const index = DURATION_BOUNDS_MS.findIndex((bound) => durationMs <= bound)
  return index === -1 ? DURATION_BOUNDS_MS.length : index
}

/**
 * The duration below which `fraction` of the counts lie, interpolated within its bucket; so at
 * most 58 % off. Null without counts.
 */
export const quantile = (buckets: readonly number[], fraction: number): number | null => {
  const total = buckets.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const target = fraction * total
  let before = 0
  for (const [index, count] of buckets.entries()) {
    if (before + count >= target && count > 0) {
      const lower = DURATION_BOUNDS_MS[index - 1] ?? 0
      const upper = DURATION_BOUNDS_MS[index] ?? lower
      return lower + (upper - lower) * ((target - before) / count)
    }
    before += count
  }
  return DURATION_BOUNDS_MS.at(-1) ?? null
}
