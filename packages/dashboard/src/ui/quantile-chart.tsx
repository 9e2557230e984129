import type { ReactNode } from 'react'
import { peakOf, roundDurationAbove } from './chart-scale.ts'
import { formatDuration } from './format.ts'
import { TimeChart } from './time-chart.tsx'

type Values = readonly (number | null)[]

/** How long things took over time: half of them at most p50, all but one in twenty at most p95. */
export const QuantileChart = ({
  title,
  slots,
  p50,
  p95,
  summary,
}: {
  title: string
  slots: readonly string[]
  p50: Values
  p95: Values
  summary: ReactNode
}) => (
  <TimeChart
    title={title}
    kind="lines"
    slots={slots}
    series={[
      { label: 'p95', values: p95, className: 'stroke-warn', dotClass: 'bg-warn' },
      { label: 'p50', values: p50, className: 'stroke-accent', dotClass: 'bg-accent' },
    ]}
    ceiling={roundDurationAbove(peakOf([...p50, ...p95]))}
    format={formatDuration}
    summary={summary}
  />
)
