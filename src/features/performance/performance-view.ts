import type { PerformanceMeasures, PerformancePoint, StepPerformance } from '@cadre/contract'
import { countOf, quantile, type DurationSketch } from './duration-sketch.ts'
import { executionsOf, judgedOf, noSums, withWorkOf, type Sums } from './performance.ts'
import type { PartSums } from './performance-store.ts'

/** What is known of one step. */
export interface StepSums {
  step: string
  /** As a whole; attempts, cost and waits with those of its elements. */
  whole: Sums
  elements: Sums | null
  compensations: Sums | null
}

/** The runs as a whole, with the attempts and waits of all their steps, and each step. */
export const gathered = (parts: readonly PartSums[]): { runs: Sums; steps: StepSums[] } => {
  const run = parts.find(({ part }) => part === 'run')?.sums ?? noSums()
  const work = withWorkOf(
    noSums(),
    parts.filter(({ part }) => part !== 'run').map(({ sums }) => sums),
  )
  const { attempts, retries, waitMsSum, waits } = work
  const byStep = Map.groupBy(
    parts.filter(({ part }) => part !== 'run'),
    ({ step }) => step,
  )
  const steps = [...byStep].map(([step, own]): StepSums => {
    const of = (wanted: PartSums['part']) => own.find(({ part }) => part === wanted)?.sums ?? null
    const elements = of('item')
    return {
      step,
      whole: withWorkOf(of('step') ?? noSums(), elements === null ? [] : [elements]),
      elements,
      compensations: of('compensation'),
    }
  })
  return { runs: { ...run, attempts, retries, waitMsSum, waits }, steps }
}

export const measuresOf = (sums: Sums): PerformanceMeasures => ({
  completed: sums.completed,
  failed: sums.failed,
  skipped: sums.skipped,
  cancelled: sums.cancelled,
  compensated: sums.compensated,
  success_rate: successRateOf(sums),
  duration_ms: quantilesOf(sums.durations, sums.durationMsSum),
  wait_ms: quantilesOf(sums.waits, sums.waitMsSum),
  attempts: sums.attempts,
  retries: sums.retries,
  cost: sums.cost,
  cost_mean: costMeanOf(sums),
})

export const successRateOf = (sums: Sums): number | null =>
  judgedOf(sums) === 0 ? null : sums.completed / judgedOf(sums)

export const costMeanOf = (sums: Sums): number | null =>
  executionsOf(sums) === 0 ? null : Number(sums.cost) / executionsOf(sums)

const quantilesOf = (sketch: DurationSketch, sumMs: number) => {
  const count = countOf(sketch)
  return {
    mean: count === 0 ? null : sumMs / count,
    p50: quantile(sketch, 0.5),
    p95: quantile(sketch, 0.95),
    p99: quantile(sketch, 0.99),
  }
}

export const pointOf = ({ startsAt, sums }: { startsAt: Date; sums: Sums }): PerformancePoint => {
  const { wait_ms: _, attempts: _attempts, retries: _retries, ...measures } = measuresOf(sums)
  return { at: startsAt.toISOString(), ...measures }
}

export const stepView = ({ step, whole, elements, compensations }: StepSums): StepPerformance => ({
  step,
  ...measuresOf(whole),
  elements: elements === null ? null : measuresOf(elements),
  compensations: compensations === null ? null : measuresOf(compensations),
})
