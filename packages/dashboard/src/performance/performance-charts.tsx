import type { PerformancePoint, WorkflowPerformance } from '@cadre/contract'
import { formatCount, formatDuration, formatMoney, formatPercent } from '../ui/format.ts'
import {
  formatSlot,
  peakOf,
  roundAbove,
  roundCountAbove,
  roundDurationAbove,
  slotsOf,
  type Slot,
} from '../ui/chart-scale.ts'
import { TimeChart, type ChartSeries } from '../ui/time-chart.tsx'

type Point = NonNullable<Slot<PerformancePoint>['point']>

/** How the runs went, how long they took and what they cost, over the chosen time. */
export const PerformanceCharts = ({ performance }: { performance: WorkflowPerformance }) => {
  const slots = slotsOf(performance)
  const names = slots.map(({ at }) => formatSlot(at, performance.by))
  const of = (read: (point: Point) => number | null) =>
    slots.map(({ point }) => (point === null ? null : read(point)))
  const p50 = of(({ duration_ms: { p50: value } }) => value)
  const p95 = of(({ duration_ms: { p95: value } }) => value)
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
        format={(value) => formatCount(Math.round(value * 10) / 10)}
        summary={runs.success_rate === null ? null : formatPercent(runs.success_rate)}
      />
      <TimeChart
        title="Duration"
        kind="lines"
        slots={names}
        series={[
          { label: 'p95', values: p95, className: 'stroke-warn', dotClass: 'bg-warn' },
          { label: 'p50', values: p50, className: 'stroke-accent', dotClass: 'bg-accent' },
        ]}
        ceiling={roundDurationAbove(peakOf([...p50, ...p95]))}
        format={formatDuration}
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
        format={(value) => formatMoney(value.toFixed(6))}
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
