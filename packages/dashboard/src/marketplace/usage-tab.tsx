import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { columnsOf, peakOf, roundAbove, roundCountAbove } from '../ui/chart-scale.ts'
import { formatDollars, formatMean } from '../ui/format.ts'
import { ErrorState } from '../ui/notice.tsx'
import { QuantileChart } from '../ui/quantile-chart.tsx'
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
  const { names, valuesOf: of } = columnsOf({ ...(list.data ?? emptyPeriod()), by: 'day' })
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
        format={formatMean}
        summary="each day"
      />
      <QuantileChart
        title="Latency"
        slots={names}
        p50={of(({ latency_ms }) => latency_ms.p50)}
        p95={of(({ latency_ms }) => latency_ms.p95)}
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
        format={formatDollars}
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
        format={formatMean}
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
