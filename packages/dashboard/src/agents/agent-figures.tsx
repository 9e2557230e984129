import type { AgentStats } from '@cadre/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { messageOf } from '../api/client.ts'
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
    />
    <Figure
      label="Success rate"
      value={stats && rate(stats.success_rate)}
      note={stats && `${rate(stats.quarantine_rate)} quarantined`}
    >
      <RateBar fraction={stats?.success_rate ?? null} />
    </Figure>
    <Figure
      label="Cost"
      value={stats && formatMoney(stats.total_cost)}
      note={stats && costNote(stats)}
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

const Figure = ({
  label,
  value,
  note,
  children,
}: {
  label: string
  value: string | undefined
  note: string | undefined
  children?: ReactNode
}) => (
  <div className="min-h-26 border-r border-b border-line px-4 py-3 md:border-b-0">
    <p className="text-xs text-muted">{label}</p>
    <p className="mt-0.5 text-xl font-semibold tracking-tight tabular-nums">
      {value ?? <span className="text-faint">–</span>}
    </p>
    {children}
    <p className="mt-1 text-xs text-faint tabular-nums">{note ?? ' '}</p>
  </div>
)
