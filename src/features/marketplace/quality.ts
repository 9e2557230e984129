import type { VersionContent } from './item.ts'

/** What the ledger and the ratings say of an item, of tenants other than its publisher's. */
export interface Standing {
  /** 0 to 10,000. */
  quality: number
  /** Attempts within 90 days. */
  uses: number
  activeTenants: number
  successRate: number | null
  ratingSum: number
  ratingCount: number
}

export const UNKNOWN_STANDING: Standing = {
  quality: 0,
  uses: 0,
  activeTenants: 0,
  successRate: null,
  ratingSum: 0,
  ratingCount: 0,
}

export const QUALITY_MAX = 10_000
/** Shares of what is known; they add up to one. */
const SHARES = { success: 0.4, adoption: 0.25, rating: 0.2, completeness: 0.15 }
/** As many tenants as this, and more do not count. */
const TENANTS_FULL = 1_000
/** Ratings count as if so many of the middle one stood beside them. */
const RATINGS_PRIOR = 5
const RATING_MIDDLE = 3
/** Of a normal distribution, for 95 %. */
const Z = 1.96

/**
 * How good an item is as far as the platform itself has seen: how surely its attempts succeed, how
 * many tenants run it, how they rate it, and whether it says what one needs to know.
 */
export const qualityOf = (standing: Omit<Standing, 'quality'>, completeness: number): number => {
  const successes = Math.round((standing.successRate ?? 0) * standing.uses)
  const success = leastLikelyRate(successes, standing.uses)
  const adoption = Math.min(1, Math.log1p(standing.activeTenants) / Math.log1p(TENANTS_FULL))
  const average =
    (standing.ratingSum + RATINGS_PRIOR * RATING_MIDDLE) / (standing.ratingCount + RATINGS_PRIOR)
  const rating = (average - 1) / 4
  const sum =
    SHARES.success * success +
    SHARES.adoption * adoption +
    SHARES.rating * rating +
    SHARES.completeness * completeness
  return Math.round(Math.min(1, Math.max(0, sum)) * QUALITY_MAX)
}

/**
 * Lower bound of the rate behind so many successes (Wilson 1927): a few lucky attempts are worth
 * less than many good ones. 0 without any.
 */
export const leastLikelyRate = (successes: number, attempts: number): number => {
  if (attempts === 0) return 0
  const rate = successes / attempts
  const spread = (Z * Z) / attempts
  const middle = rate + spread / 2
  const width = Z * Math.sqrt((rate * (1 - rate)) / attempts + spread / (4 * attempts))
  return Math.max(0, (middle - width) / (1 + spread))
}

const README_LENGTH_TELLING = 200

/** What share of what one needs to know a version says: 0 to 1. */
export const completenessOf = (
  version: Pick<
    VersionContent,
    'readme' | 'licence' | 'examples' | 'inputSchema' | 'description' | 'tags'
  >,
): number => {
  const said = [
    version.readme.length >= README_LENGTH_TELLING,
    version.licence !== null,
    version.examples.length > 0,
    version.inputSchema !== null,
    version.description !== '',
    version.tags.length > 0,
  ]
  return said.filter(Boolean).length / said.length
}
