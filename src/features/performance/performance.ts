import type { TenantId } from '@cadre/contract'
import { emptySketch, mergeSketches, type DurationSketch } from './duration-sketch.ts'

export type Grain = 'hour' | 'day'

/** A run as a whole, a step as a whole, elements of its list, or what undid it. */
export type Part = 'run' | 'step' | 'item' | 'compensation'

export const OUTCOMES = ['completed', 'failed', 'skipped', 'cancelled', 'compensated'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What a number of executions add up to. */
export interface Sums extends Record<Outcome, number> {
  attempts: number
  /** Attempts behind the first one. */
  retries: number
  /** Dollars as text. */
  cost: string
  costSquares: number
  durationMsSum: number
  /** Of those that completed. */
  durations: DurationSketch
  waitMsSum: number
  /** From release to the first attempt, of those that were tasks. */
  waits: DurationSketch
}

/** What one hour or day adds to one part of one version. */
export interface Bucket extends Sums {
  tenantId: TenantId
  workflowName: string
  workflowVersion: string
  grain: Grain
  startsAt: Date
  part: Part
  /** Empty for the run as a whole. */
  step: string
}

export const noSums = (): Sums => ({
  completed: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  compensated: 0,
  attempts: 0,
  retries: 0,
  cost: '0.000000',
  costSquares: 0,
  durationMsSum: 0,
  durations: emptySketch(),
  waitMsSum: 0,
  waits: emptySketch(),
})

/** All that ended but for those that never began. */
export const executionsOf = (sums: Sums): number =>
  sums.completed + sums.failed + sums.cancelled + sums.compensated

/** Ends that tell whether it works; what a person cancelled tells nothing. */
export const judgedOf = (sums: Sums): number => sums.completed + sums.failed + sums.compensated

const MICRO_DOLLARS = 1_000_000n
/** Millionths of a dollar, exactly. Null for what is no amount. */
export const microDollars = (amount: string): bigint | null => {
  const match = /^(\d{1,32})(?:\.(\d{1,6}))?$/.exec(amount)
  if (match === null) return null
  return BigInt(match[1] ?? '0') * MICRO_DOLLARS + BigInt((match[2] ?? '').padEnd(6, '0'))
}

export const dollars = (micro: bigint): string =>
  `${micro / MICRO_DOLLARS}.${String(micro % MICRO_DOLLARS).padStart(6, '0')}`

/** The work behind them together: attempts, cost and waits; outcomes and durations of the first. */
export const withWorkOf = (whole: Sums, parts: readonly Sums[]): Sums => {
  const all = [whole, ...parts]
  const total = (of: (sums: Sums) => number) => all.reduce((sum, sums) => sum + of(sums), 0)
  return {
    ...whole,
    attempts: total(({ attempts }) => attempts),
    retries: total(({ retries }) => retries),
    cost: dollars(all.reduce((sum, { cost }) => sum + (microDollars(cost) ?? 0n), 0n)),
    waitMsSum: total(({ waitMsSum }) => waitMsSum),
    waits: mergeSketches(all.map(({ waits }) => waits)),
  }
}
