/**
 * How often durations occurred, on a logarithmic scale: a quantile read from it is at most
 * {@link RELATIVE_ERROR} off the exact one, however long the durations are (the scale of DDSketch,
 * Masson, Rim and Lee 2019). Sketches of the same durations in any order and any parts are equal.
 */
export interface DurationSketch {
  /** Places of the scale, ascending. */
  places: readonly number[]
  /** How many durations fell into each. */
  counts: readonly number[]
}

export const RELATIVE_ERROR = 0.01
/** Durations up to this one are taken for none. */
export const SHORTEST_MS = 0.01
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const GROWTH_LOG = Math.log(GROWTH)
/** About 500 years. */
export const PLACE_MAX = 1_750

export const placeOf = (durationMs: number): number =>
  durationMs <= SHORTEST_MS
    ? 0
    : Math.min(PLACE_MAX, Math.max(1, Math.ceil(Math.log(durationMs / SHORTEST_MS) / GROWTH_LOG)))

const upperBoundOf = (place: number): number => SHORTEST_MS * GROWTH ** place
const lowerBoundOf = (place: number): number => (place === 0 ? 0 : upperBoundOf(place - 1))
/** The value that no duration of its place is further from than {@link RELATIVE_ERROR}. */
const middleOf = (place: number): number =>
  place === 0 ? 0 : (2 * upperBoundOf(place)) / (GROWTH + 1)

export const emptySketch = (): DurationSketch => ({ places: [], counts: [] })

/** From counts by place. */
export const sketchOf = (counts: ReadonlyMap<number, number>): DurationSketch => {
  const sorted = [...counts].toSorted(([a], [b]) => a - b)
  return { places: sorted.map(([place]) => place), counts: sorted.map(([, count]) => count) }
}

export const mergeSketches = (sketches: readonly DurationSketch[]): DurationSketch => {
  const counts = new Map<number, number>()
  for (const sketch of sketches)
    for (const [index, place] of sketch.places.entries())
      counts.set(place, (counts.get(place) ?? 0) + (sketch.counts[index] ?? 0))
  return sketchOf(counts)
}

export const countOf = ({ counts }: DurationSketch): number =>
  counts.reduce((sum, count) => sum + count, 0)

/** The place of the duration that is `rank`th from below, from 1. */
const placeAt = ({ places, counts }: DurationSketch, rank: number): number => {
  let seen = 0
  for (const [index, place] of places.entries()) {
    seen += counts[index] ?? 0
    if (seen >= rank) return place
  }
  return places.at(-1) ?? 0
}

/** The least duration that `fraction` of all do not exceed. Null without any. */
export const quantile = (sketch: DurationSketch, fraction: number): number | null => {
  const count = countOf(sketch)
  return count === 0 ? null : middleOf(placeAt(sketch, Math.max(1, Math.ceil(fraction * count))))
}

/** Of a normal distribution, for 95 %. */
const Z = 1.96

/**
 * Where the true quantile lies with 95 % confidence, whatever the distribution: by the ranks that
 * it may have. Infinite above where there are too few durations to tell. Null without any.
 */
export const quantileRange = (
  sketch: DurationSketch,
  fraction: number,
): { low: number; high: number } | null => {
  const count = countOf(sketch)
  if (count === 0) return null
  const spread = Z * Math.sqrt(count * fraction * (1 - fraction))
  const lowRank = Math.floor(count * fraction - spread)
  const highRank = Math.ceil(count * fraction + spread) + 1
  return {
    low: lowRank < 1 ? 0 : lowerBoundOf(placeAt(sketch, lowRank)),
    high: highRank > count ? Infinity : upperBoundOf(placeAt(sketch, highRank)),
  }
}
