import type { ComparedMeasure, ComparedPart, PerformanceVerdict } from '@cadre/contract'
import { countOf, quantile, quantileRange } from './duration-sketch.ts'
import { executionsOf, judgedOf, type Sums } from './performance.ts'

/** Fewer on either side tell nothing. */
export const SAMPLES_MIN = 20
/** A smaller difference is unchanged, however certain. */
export const CHANGE_MIN = 0.1
/** The same of success rates, as a difference of fractions. */
export const SUCCESS_CHANGE_MIN = 0.01

export const RULE = `A measure has regressed or improved when it changed by ${CHANGE_MIN * 100} % or more (the success rate: by ${SUCCESS_CHANGE_MIN * 100} point or more) and the 95 % confidence intervals of both versions do not overlap; otherwise it is unchanged. Fewer than ${SAMPLES_MIN} executions on either side are too few to tell; the interval of a p95 is bounded from about 110 on. A part has regressed when any of its measures has, and improved when any has improved and none has regressed.`

/** Where a true value lies with 95 % confidence. */
interface Estimate {
  value: number
  low: number
  high: number
  count: number
}

/** Of one step or of the runs as a whole. `cost`: those whose mean cost is compared. */
export interface Compared {
  sums: Sums
  cost: Sums
}

export const compareParts = (base: Compared, version: Compared): ComparedPart => {
  const measures = {
    duration_p50_ms: compare(quantileOf(base, 0.5), quantileOf(version, 0.5), LESS_IS_BETTER),
    duration_p95_ms: compare(quantileOf(base, 0.95), quantileOf(version, 0.95), LESS_IS_BETTER),
    success_rate: compare(successOf(base), successOf(version), MORE_IS_BETTER),
    cost_mean: compare(costOf(base), costOf(version), LESS_IS_BETTER),
  }
  return {
    verdict: overall(Object.values(measures).map(({ verdict }) => verdict)),
    base_count: judgedOf(base.sums),
    version_count: judgedOf(version.sums),
    ...measures,
  }
}

const overall = (verdicts: readonly PerformanceVerdict[]): PerformanceVerdict => {
  for (const verdict of ['regressed', 'improved', 'unchanged'] as const)
    if (verdicts.includes(verdict)) return verdict
  return 'too_few'
}

interface Direction {
  more: PerformanceVerdict
  less: PerformanceVerdict
  isNotable(base: number, version: number): boolean
}
const LESS_IS_BETTER: Direction = {
  more: 'regressed',
  less: 'improved',
  isNotable: (base, version) => Math.abs(version - base) >= base * CHANGE_MIN,
}
const MORE_IS_BETTER: Direction = {
  more: 'improved',
  less: 'regressed',
  isNotable: (base, version) => Math.abs(version - base) >= SUCCESS_CHANGE_MIN,
}

const compare = (
  base: Estimate | null,
  version: Estimate | null,
  direction: Direction,
): ComparedMeasure => ({
  base: base?.value ?? null,
  version: version?.value ?? null,
  ratio: base === null || version === null ? null : ratioOf(base.value, version.value),
  verdict: verdictOf(base, version, direction),
})

const ratioOf = (base: number, version: number): number | null => {
  if (base === 0) return version === 0 ? 1 : null
  return version / base
}

const verdictOf = (
  base: Estimate | null,
  version: Estimate | null,
  direction: Direction,
): PerformanceVerdict => {
  if (base === null || version === null) return 'too_few'
  if (Math.min(base.count, version.count) < SAMPLES_MIN) return 'too_few'
  if (!direction.isNotable(base.value, version.value)) return 'unchanged'
  if (version.low > base.high) return direction.more
  if (version.high < base.low) return direction.less
  return 'unchanged'
}

const quantileOf = ({ sums: { durations } }: Compared, fraction: number): Estimate | null => {
  const value = quantile(durations, fraction)
  const range = quantileRange(durations, fraction)
  if (value === null || range === null) return null
  return { value, ...range, count: countOf(durations) }
}

/** Of a normal distribution, for 95 %. */
const Z = 1.96

/** The interval of Wilson (1927), which holds for rates near 0 and 1 as well. */
const successOf = ({ sums }: Compared): Estimate | null => {
  const count = judgedOf(sums)
  if (count === 0) return null
  const rate = sums.completed / count
  const shrink = 1 + Z ** 2 / count
  const centre = (rate + Z ** 2 / (2 * count)) / shrink
  const spread = (Z / shrink) * Math.sqrt((rate * (1 - rate)) / count + (Z / (2 * count)) ** 2)
  return { value: rate, low: centre - spread, high: centre + spread, count }
}

const costOf = ({ cost: sums }: Compared): Estimate | null => {
  const count = executionsOf(sums)
  if (count === 0) return null
  const mean = Number(sums.cost) / count
  const variance = Math.max(0, sums.costSquares / count - mean ** 2)
  // What floating point leaves over of equal costs is no spread.
  const spread = variance < mean ** 2 * 1e-12 ? 0 : Z * Math.sqrt(variance / count)
  return { value: mean, low: mean - spread, high: mean + spread, count }
}
