import type { MarketplaceItemDetail, Reputation } from '@cadre/contract'
import { useState } from 'react'
import { Figure } from '../ui/figure.tsx'
import {
  formatCount,
  formatDollars,
  formatMoney,
  formatNumberOf,
  formatPercent,
} from '../ui/format.ts'
import { QuantileBar, quantileGridClass } from '../ui/quantile-bars.tsx'
import { RateBar } from '../ui/rate-bar.tsx'
import { Segments } from '../ui/segments.tsx'

/** What tenants other than its publisher's saw of it: over 7, 30 and 90 days, beside each other. */
export const ReputationPanel = ({ item }: { item: MarketplaceItemDetail }) => {
  const longest = item.reputation.at(-1)
  const [days, setDays] = useState(longest?.days ?? 90)
  const chosen = item.reputation.find((window) => window.days === days) ?? longest
  const isUsed = (longest?.attempts ?? 0) > 0
  return (
    <section
      aria-label="Reputation"
      className="mb-5 overflow-hidden rounded-xl border border-line bg-surface shadow-card"
    >
      <header className="flex h-11 items-center gap-3 border-b border-line pr-2 pl-4">
        <h2 className="text-sm font-semibold">Reputation</h2>
        <p className="min-w-0 flex-1 truncate text-xs text-faint max-sm:hidden">
          from executions by other tenants, and nothing else
        </p>
        {isUsed && (
          <Segments
            label="Window"
            isSmall
            value={String(days)}
            onChange={(next) => setDays(Number(next))}
            segments={item.reputation.map((window) => ({
              value: String(window.days),
              label: `${window.days} days`,
            }))}
            className="ml-auto"
          />
        )}
      </header>
      {isUsed && chosen !== undefined ? (
        <Figures chosen={chosen} windows={item.reputation} />
      ) : (
        <p className="px-4 py-3.5 text-sm text-muted">
          No tenant but its publisher’s ran it within {longest?.days ?? 90} days, so nothing is
          known of how it does.
        </p>
      )}
    </section>
  )
}

const Figures = ({ chosen, windows }: { chosen: Reputation; windows: readonly Reputation[] }) => (
  <div className="grid grid-cols-2 gap-px bg-line lg:grid-cols-[repeat(4,minmax(0,1fr))_minmax(0,1.4fr)]">
    <Figure
      label="Success rate"
      value={rate(chosen.success_rate)}
      note={formatNumberOf(chosen.attempts, 'execution')}
    >
      <RateBar fraction={chosen.success_rate} />
    </Figure>
    <Figure label="Quarantined" value={rate(chosen.quarantine_rate)} note="handed to a person">
      <Trend
        windows={windows}
        chosen={chosen}
        valueOf={(window) => window.quarantine_rate}
        format={formatPercent}
      />
    </Figure>
    <Figure
      label="Cost of a finished task"
      value={
        chosen.cost_per_completed_task === null ? '–' : formatMoney(chosen.cost_per_completed_task)
      }
      note={`${formatCount(chosen.completed)} finished`}
    >
      <Trend
        windows={windows}
        chosen={chosen}
        valueOf={({ cost_per_completed_task: cost }) => (cost === null ? null : Number(cost))}
        format={formatDollars}
      />
    </Figure>
    <Figure
      label="Active tenants"
      value={formatCount(chosen.active_tenants)}
      note={`within ${chosen.days} days`}
    >
      <Trend
        windows={windows}
        chosen={chosen}
        valueOf={(window) => window.active_tenants}
        format={formatCount}
      />
    </Figure>
    <div className="bg-surface px-4 py-3 max-lg:col-span-2">
      <p className="mb-1.5 text-xs text-muted">Latency</p>
      <Latency windows={windows} chosen={chosen} />
    </div>
  </div>
)

const rate = (fraction: number | null) => (fraction === null ? '–' : formatPercent(fraction))

/** One bar for each window, the longest first; the chosen one stands out. */
const Trend = ({
  windows,
  chosen,
  valueOf,
  format,
}: {
  windows: readonly Reputation[]
  chosen: Reputation
  valueOf: (window: Reputation) => number | null
  format: (value: number) => string
}) => {
  const ordered = windows.toSorted((a, b) => b.days - a.days)
  const peak = Math.max(...ordered.map((window) => valueOf(window) ?? 0))
  const said = ordered
    .map((window) => {
      const value = valueOf(window)
      return `${window.days} days: ${value === null ? 'nothing known' : format(value)}`
    })
    .join(' · ')
  return (
    <svg role="img" aria-label={said} width="100%" height={4} className="mt-1 block">
      <title>{said}</title>
      {ordered.map((window, index) => {
        const share = peak === 0 ? 0 : (valueOf(window) ?? 0) / peak
        const place = 100 / ordered.length
        return (
          <g key={window.days}>
            <rect
              x={`${index * place}%`}
              width={`${place - 3}%`}
              height={4}
              rx={2}
              className="fill-hover"
            />
            <rect
              x={`${index * place}%`}
              width={`${(place - 3) * share}%`}
              height={4}
              rx={2}
              className={window.days === chosen.days ? 'fill-accent' : 'fill-line-strong'}
            />
          </g>
        )
      })}
    </svg>
  )
}

const QUANTILES = ['p50', 'p95'] as const

/** p50 and p95 of the chosen window, against the slowest of all windows. */
const Latency = ({ windows, chosen }: { windows: readonly Reputation[]; chosen: Reputation }) => {
  const slowest = Math.max(1, ...windows.map(({ latency_ms }) => latency_ms.p95 ?? 0))
  return (
    <dl className={`${quantileGridClass} gap-y-1.5`}>
      {QUANTILES.map((name) => (
        <QuantileBar key={name} name={name} value={chosen.latency_ms[name]} slowest={slowest} />
      ))}
    </dl>
  )
}
