import type { ReputationDay } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import {
  formatSlot,
  peakOf,
  roundAbove,
  roundCountAbove,
  roundDurationAbove,
  slotsOf,
} from '../ui/chart-scale.ts'
import { formatCount, formatDuration, formatMoney } from '../ui/format.ts'
import { ErrorState } from '../ui/notice.tsx'
import { TimeChart } from '../ui/time-chart.tsx'
import { MARKET_KEY } from './use-market.ts'

const DAYS = 90
const DAY_MS = 86_400_000

/** Day by day over three months, what tenants other than its publisher's saw of it. */
export const UsageTab = ({ name }: { name: string }) => {
  const list = useQuery({
    queryKey: [...MARKET_KEY, 'reputation', name],
    queryFn: () => api.marketplace.reputation(name, { days: DAYS }),
  })
  if (list.isError) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  const slots = slotsOf({ ...(list.data ?? emptyPeriod()), by: 'day' })
  const names = slots.map(({ at }) => formatSlot(at, 'day'))
  const of = (read: (day: ReputationDay) => number | null) =>
    slots.map(({ point }) => (point === null ? null : read(point)))
  const p50 = of(({ latency_ms }) => latency_ms.p50)
  const p95 = of(({ latency_ms }) => latency_ms.p95)
  const tenants = of(({ active_tenants: count }) => count)
  const cost = of(({ cost_per_completed_task: value }) => (value === null ? null : Number(value)))
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <TimeChart
        title="Executions"
        kind="bars"
        slots={names}
        series={[
          {
            label: 'completed',
            values: of(({ completed }) => completed),
            className: 'fill-good',
            dotClass: 'bg-good',
          },
          {
            label: 'failed',
            values: of(({ attempts, completed }) => attempts - completed),
            className: 'fill-bad',
            dotClass: 'bg-bad',
          },
        ]}
        ceiling={roundCountAbove(peakOf(of(({ attempts }) => attempts)))}
        format={(value) => formatCount(Math.round(value * 10) / 10)}
        summary="each day"
      />
      <TimeChart
        title="Latency"
        kind="lines"
        slots={names}
        series={[
          { label: 'p95', values: p95, className: 'stroke-warn', dotClass: 'bg-warn' },
          { label: 'p50', values: p50, className: 'stroke-accent', dotClass: 'bg-accent' },
        ]}
        ceiling={roundDurationAbove(peakOf([...p50, ...p95]))}
        format={formatDuration}
        summary="each day"
      />
      <TimeChart
        title="Cost of a finished task"
        kind="lines"
        slots={names}
        series={[
          {
            label: 'US dollars',
            values: cost,
            className: 'stroke-accent',
            dotClass: 'bg-accent',
          },
        ]}
        ceiling={roundAbove(peakOf(cost))}
        format={(value) => formatMoney(value.toFixed(6))}
        summary="each day"
      />
      <TimeChart
        title="Active tenants"
        kind="bars"
        slots={names}
        series={[
          { label: 'tenants', values: tenants, className: 'fill-accent', dotClass: 'bg-accent' },
        ]}
        ceiling={roundCountAbove(peakOf(tenants))}
        format={(value) => formatCount(Math.round(value * 10) / 10)}
        summary="each day"
      />
    </div>
  )
}

/** As wide as what is being loaded, so that nothing moves when it is there. */
const emptyPeriod = () => {
  const untilMs = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS
  return {
    since: new Date(untilMs - DAYS * DAY_MS).toISOString(),
    until: new Date(untilMs).toISOString(),
    series: [],
  }
}
