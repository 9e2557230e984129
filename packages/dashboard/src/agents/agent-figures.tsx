import type { AgentStats } from '@cadre/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { messageOf } from '../api/client.ts'
import {
  formatCount,
  formatDuration,
  formatMoney,
  formatNumberOf,
  formatPercent,
} from '../ui/format.ts'

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
      <Latency latency={stats?.latency_ms} />
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

const RateBar = ({ fraction }: { fraction: number | null }) => (
  <svg width="100%" height={4} aria-hidden className="mt-1 block overflow-hidden rounded-full">
    <rect width="100%" height={4} className={fraction === null ? 'fill-hover' : 'fill-bad'} />
    {fraction !== null && <rect width={`${fraction * 100}%`} height={4} className="fill-good" />}
  </svg>
)

const QUANTILES = ['p50', 'p95', 'p99'] as const

/** Bars on a logarithmic scale: a p99 far away must not flatten the rest. */
const Latency = ({ latency }: { latency: AgentStats['latency_ms'] | undefined }) => (
  <dl className="grid grid-cols-[1.5rem_minmax(0,1fr)_auto] items-center gap-x-2 gap-y-1 text-xs">
    {QUANTILES.map((name) => {
      const value = latency?.[name] ?? null
      return (
        <div key={name} className="contents">
          <dt className="font-mono text-2xs text-faint">{name}</dt>
          <svg width="100%" height={6} aria-hidden className="overflow-hidden rounded-full">
            <rect width="100%" height={6} className="fill-hover" />
            {value !== null && (
              <rect
                width={`${logShare(value, latency?.p99 ?? value)}%`}
                height={6}
                rx={3}
                className="fill-accent"
              />
            )}
          </svg>
          <dd className="text-right tabular-nums">
            {value === null ? '–' : formatDuration(value)}
          </dd>
        </div>
      )
    })}
  </dl>
)

const logShare = (value: number, largest: number) => {
  const share = Math.log1p(value * 10) / Math.log1p(Math.max(value, largest) * 10)
  return Math.max(3, share * 100)
}
