import { assert } from '../errors.ts'
import type { RateDecision, RateRequest } from './shared-state.ts'

const MICROSECONDS = 1_000_000
export const PER_SECOND_MAX = 1_000_000

/** A rate request in whole microseconds, so that JavaScript and Lua compute alike to the last digit. */
export interface RateTerms {
  costUs: number
  intervalUs: number
  toleranceUs: number
}

export const termsOf = ({ burst, perSecond, cost = 1 }: RateRequest): RateTerms => {
  assert(perSecond > 0 && perSecond <= PER_SECOND_MAX, 'a rate is above 0 and at most 1,000,000')
  assert(burst > 0 && cost >= 0, 'burst and cost are no less than nothing')
  // Rounded up: a rate that is no whole number of microseconds is kept a little low, never high.
  const intervalUs = Math.ceil(MICROSECONDS / perSecond)
  return {
    intervalUs,
    costUs: Math.round(cost * intervalUs),
    toleranceUs: Math.round(burst * intervalUs),
  }
}

/**
 * The generic cell rate algorithm (ITU-T I.371): a limit is one instant, the time at which
 * all that was taken would have come in evenly.
 */
export const takeToken = (
  arrivalUs: number | null,
  nowUs: number,
  { costUs, intervalUs, toleranceUs }: RateTerms,
): { arrivalUs: number | null; decision: RateDecision } => {
  const current = Math.max(arrivalUs ?? nowUs, nowUs)
  const next = current + costUs
  const spareUs = nowUs + toleranceUs - next
  if (spareUs < 0)
    return {
      arrivalUs,
      decision: {
        isAllowed: false,
        remaining: Math.max(0, Math.floor((toleranceUs - (current - nowUs)) / intervalUs)),
        retryAfterMs: costUs > toleranceUs ? null : Math.ceil(-spareUs / 1_000),
      },
    }
  const remaining = Math.floor(spareUs / intervalUs)
  return { arrivalUs: next, decision: { isAllowed: true, remaining, retryAfterMs: 0 } }
}

/** What was taken and turned out not to count. Never gives more than a limit that was never used. */
export const returnToken = (
  arrivalUs: number | null,
  nowUs: number,
  { costUs }: RateTerms,
): number | null => (arrivalUs === null || arrivalUs - costUs <= nowUs ? null : arrivalUs - costUs)
