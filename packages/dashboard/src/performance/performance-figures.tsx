import type { PerformanceMeasures } from '@cadre/contract'
import type { ReactNode } from 'react'
import {
  formatCount,
  formatDollars,
  formatMoney,
  formatNumberOf,
  formatPercent,
} from '../ui/format.ts'
import { QuantileBars } from '../ui/quantile-bars.tsx'
import { RateBar } from '../ui/rate-bar.tsx'

/** What the runs of the chosen time come to. */
export const PerformanceFigures = ({ runs }: { runs: PerformanceMeasures }) => (
  <section
    aria-label="Runs in this time"
    className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card lg:grid-cols-[repeat(3,minmax(0,1fr))_repeat(2,minmax(0,1.4fr))]"
  >
    <Figure label="Runs" value={formatCount(endedOf(runs))} note={endsNote(runs)} />
    <Figure
      label="Success rate"
      value={runs.success_rate === null ? '–' : formatPercent(runs.success_rate)}
      note={formatNumberOf(runs.retries, 'retry', 'retries')}
    >
      <RateBar fraction={runs.success_rate} />
    </Figure>
    <Figure
      label="Cost"
      value={formatMoney(runs.cost)}
      note={runs.cost_mean === null ? 'nothing run' : `${formatDollars(runs.cost_mean)} per run`}
      className="max-lg:col-span-2"
    />
    <Quantiles label="Duration of completed runs" quantiles={runs.duration_ms} />
    <Quantiles label="Wait of their tasks" quantiles={runs.wait_ms} />
  </section>
)

const endedOf = ({ completed, failed, compensated, cancelled }: PerformanceMeasures) =>
  completed + failed + compensated + cancelled

const endsNote = ({ failed, compensated, cancelled }: PerformanceMeasures): string => {
  const ends = [
    [failed, 'failed'],
    [compensated, 'undone'],
    [cancelled, 'cancelled'],
  ] as const
  const words = ends
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
  return words.length === 0 ? 'all completed' : words.join(', ')
}

const Figure = ({
  label,
  value,
  note,
  children,
  className = '',
}: {
  label: string
  value: string
  note: string
  children?: ReactNode
  className?: string
}) => (
  <div className={`min-h-24 bg-surface px-4 py-3 ${className}`}>
    <p className="text-xs text-muted">{label}</p>
    <p className="mt-0.5 text-xl font-semibold tracking-tight tabular-nums">{value}</p>
    {children}
    <p className="mt-1 text-xs text-faint tabular-nums">{note}</p>
  </div>
)

const Quantiles = ({
  label,
  quantiles,
}: {
  label: string
  quantiles: PerformanceMeasures['duration_ms']
}) => (
  <div className="min-h-24 bg-surface px-4 py-3 max-lg:col-span-2">
    <p className="mb-1.5 text-xs text-muted">{label}</p>
    <QuantileBars quantiles={quantiles} />
  </div>
)
