/** How often tasks of a queue may start: at most `burst + perSecond * t` within any t seconds. */
export interface Rate {
  perSecond: number
  burst: number
}

const MICROSECONDS = 1_000_000

/**
 * The generic cell rate algorithm (ITU-T I.371, annex A) in whole microseconds: `nextUs` is when a
 * start would be in step with the rate, and starts may run ahead of it by all but one of a burst.
 */
const intervalUs = (rate: Rate): number => Math.ceil(MICROSECONDS / rate.perSecond)

/** From when on the next start is allowed. */
export const startableAtUs = (rate: Rate, nextUs: number): number =>
  nextUs - (rate.burst - 1) * intervalUs(rate)

/** `nextUs` after a start. */
export const started = (rate: Rate, nextUs: number, nowUs: number): number =>
  Math.max(nextUs, nowUs) + intervalUs(rate)
