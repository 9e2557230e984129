import type { AgentStats } from '@cadre/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { messageOf } from '../api/client.ts'
import { Figure } from '../ui/figure.tsx'
import { formatCount, formatMoney, formatNumberOf, formatPercent } from '../ui/format.ts'
import { QuantileBars } from '../ui/quantile-bars.tsx'
import { RateBar } from '../ui/rate-bar.tsx'

/** What the agent's executed attempts say about it. */
export const AgentFigures = ({ stats }: { stats: UseQueryResult<AgentStats> }) => (
  <section
    aria-label="Statistics"
    className="mb-5 grid grid-cols-2 overflow-hidden rounded-xl border border-line bg-surface shadow-card md:grid-cols-[repeat(3,minmax(0,1fr))_minmax(0,1.5fr)]"
  >
    {stats.isError ? (
      <p role="alert" className="col-span-full px-4 py-8 text-sm text-muted">
        {messageOf(stats.error)}
      </p>
    ) : (
      <Figures stats={stats.data} />
    )}
  </section>
)

const Figures = ({ stats }: { stats: AgentStats | undefined }) => (
  <>
    <Figure
      label="Tasks done"
      value={stats && formatCount(stats.tasks_completed)}
      note={stats && attemptsNote(stats)}
      className="min-h-26 border-r border-b border-line md:border-b-0"
    />
    <Figure
      label="Success rate"
      value={stats && rate(stats.success_rate)}
      note={stats && `${rate(stats.quarantine_rate)} quarantined`}
      className="min-h-26 border-r border-b border-line md:border-b-0"
    >
      <RateBar fraction={stats?.success_rate ?? null} />
    </Figure>
    <Figure
      label="Cost"
      value={stats && formatMoney(stats.total_cost)}
      note={stats && costNote(stats)}
      className="min-h-26 border-r border-b border-line md:border-b-0"
    />
    <div className="min-h-26 px-4 py-3">
      <p className="mb-1.5 text-xs text-muted">Latency</p>
      <QuantileBars quantiles={stats?.latency_ms} />
    </div>
  </>
)

const rate = (fraction: number | null) => (fraction === null ? '–' : formatPercent(fraction))

const attemptsNote = (stats: AgentStats) =>
  stats.attempts === 0
    ? 'no attempts yet'
    : `${formatNumberOf(stats.attempts, 'attempt')}, ${formatCount(stats.attempts_failed)} failed`

const costNote = (stats: AgentStats) =>
  stats.cost_per_completed_task === null
    ? 'nothing charged'
    : `${formatMoney(stats.cost_per_completed_task)} per task`
