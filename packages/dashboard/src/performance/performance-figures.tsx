import type { PerformanceMeasures } from '@cadre/contract'
import { Figure } from '../ui/figure.tsx'
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
    <Figure
      label="Runs"
      value={formatCount(endedOf(runs))}
      note={endsNote(runs)}
      className="min-h-24"
    />
    <Figure
      label="Success rate"
      value={runs.success_rate === null ? '–' : formatPercent(runs.success_rate)}
      note={formatNumberOf(runs.retries, 'retry', 'retries')}
      className="min-h-24"
    >
      <RateBar fraction={runs.success_rate} />
    </Figure>
    <Figure
      label="Cost"
      value={formatMoney(runs.cost)}
      note={runs.cost_mean === null ? 'nothing run' : `${formatDollars(runs.cost_mean)} per run`}
      className="min-h-24 max-lg:col-span-2"
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
