import type { WorkflowPerformance } from '@cadre/contract'
import { columnsOf, peakOf, roundAbove, roundCountAbove } from '../ui/chart-scale.ts'
import {
  formatDollars,
  formatDuration,
  formatMean,
  formatMoney,
  formatPercent,
} from '../ui/format.ts'
import { QuantileChart } from '../ui/quantile-chart.tsx'
import { TimeChart, type ChartSeries } from '../ui/time-chart.tsx'

/** How the runs went, how long they took and what they cost, over the chosen time. */
export const PerformanceCharts = ({ performance }: { performance: WorkflowPerformance }) => {
  const { names, valuesOf: of } = columnsOf(performance)
  const cost = of((point) => Number(point.cost))
  const { runs } = performance
  return (
    <div className="mb-5 grid gap-4 lg:grid-cols-3">
      <TimeChart
        title="Success"
        kind="bars"
        slots={names}
        series={OUTCOMES.map(({ outcome, ...series }) => ({
          ...series,
          values: of((point) => point[outcome]),
        })).filter(isSeen)}
        ceiling={roundCountAbove(
          peakOf(
            of((point) => point.completed + point.failed + point.compensated + point.cancelled),
          ),
        )}
        format={formatMean}
        summary={runs.success_rate === null ? null : formatPercent(runs.success_rate)}
      />
      <QuantileChart
        title="Duration"
        slots={names}
        p50={of(({ duration_ms }) => duration_ms.p50)}
        p95={of(({ duration_ms }) => duration_ms.p95)}
        summary={runs.duration_ms.p50 === null ? null : formatDuration(runs.duration_ms.p50)}
      />
      <TimeChart
        title="Cost"
        kind="bars"
        slots={names}
        series={[
          { label: 'US dollars', values: cost, className: 'fill-accent', dotClass: 'bg-accent' },
        ]}
        ceiling={roundAbove(peakOf(cost))}
        format={formatDollars}
        summary={formatMoney(runs.cost)}
      />
    </div>
  )
}

const OUTCOMES = [
  { outcome: 'completed', label: 'completed', className: 'fill-good', dotClass: 'bg-good' },
  { outcome: 'failed', label: 'failed', className: 'fill-bad', dotClass: 'bg-bad' },
  { outcome: 'compensated', label: 'compensated', className: 'fill-warn', dotClass: 'bg-warn' },
  {
    outcome: 'cancelled',
    label: 'cancelled',
    className: 'fill-line-strong',
    dotClass: 'bg-line-strong',
  },
] as const

/** What never happened needs no place in the legend. */
const isSeen = ({ label, values }: ChartSeries) =>
  label === 'completed' || values.some((value) => value !== null && value > 0)
