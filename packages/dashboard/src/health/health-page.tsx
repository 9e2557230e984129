import type { Health, HealthStatus } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CircleX, type LucideIcon } from 'lucide-react'
import { api, messageOf } from '../api/client.ts'
import { EventRate } from '../live/event-rate-chart.tsx'
import { cx } from '../ui/cx.ts'
import { formatDuration, formatMoment } from '../ui/format.ts'
import { Callout, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Facts, Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { useNow } from '../ui/time.tsx'

const REFETCH_MS = 5_000

const WORDS: Record<HealthStatus, { label: string; whole: string; icon: LucideIcon; ink: string }> =
  {
    healthy: {
      label: 'Healthy',
      whole: 'Everything works',
      icon: CircleCheck,
      ink: 'text-good',
    },
    degraded: {
      label: 'Degraded',
      whole: 'It works, with something to look at',
      icon: CircleAlert,
      ink: 'text-warn',
    },
    unhealthy: {
      label: 'Unhealthy',
      whole: 'A part of Cadre does not work',
      icon: CircleX,
      ink: 'text-bad',
    },
  }

/** Trouble first, then by name. */
const RANK: Record<HealthStatus, number> = { unhealthy: 0, degraded: 1, healthy: 2 }

export const HealthPage = () => {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: () => api.health(),
    refetchInterval: REFETCH_MS,
  })
  return (
    <>
      <PageHeader title="Health" note="Asked every five seconds, part by part" />
      {health.isPending && <Skeleton className="h-80 rounded-xl" />}
      {health.isError && health.data === undefined && (
        <ErrorState error={health.error} onRetry={() => void health.refetch()} />
      )}
      {health.isError && health.data !== undefined && (
        <Callout tone="bad" role="alert" className="mb-4">
          {messageOf(health.error)} Below is what it said last.
        </Callout>
      )}
      {health.data !== undefined && <HealthReport health={health.data} />}
    </>
  )
}

const HealthReport = ({ health }: { health: Health }) => {
  const words = WORDS[health.status]
  const components = Object.entries(health.components).sort(
    ([aName, a], [bName, b]) => RANK[a.status] - RANK[b.status] || aName.localeCompare(bName),
  )
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Panel>
        <div role="status" className="flex items-center gap-3 border-b border-line px-4 py-4">
          <words.icon size={22} className={words.ink} aria-hidden />
          <p className="text-lg font-semibold tracking-tight">{words.whole}</p>
        </div>
        <ul aria-label="Components" className="divide-y divide-line">
          {components.map(([name, component]) => (
            <ComponentRow key={name} name={name} component={component} />
          ))}
        </ul>
      </Panel>
      <div className="grid gap-5">
        <Panel title="Process">
          <Facts
            facts={[
              ['Version', <code className="font-mono text-xs">{health.version}</code>],
              ['Up for', <UpTime key="up" since={health.started_at} />],
              ['Started', formatMoment(health.started_at)],
            ]}
          />
        </Panel>
        <Panel title="Live events">
          <div className="px-4 py-3">
            <EventRate height={72} />
          </div>
        </Panel>
      </div>
    </div>
  )
}

const ComponentRow = ({
  name,
  component,
}: {
  name: string
  component: Health['components'][string]
}) => {
  const words = WORDS[component.status]
  return (
    <li className="flex items-center gap-3 px-4 py-3 text-sm">
      <words.icon
        size={16}
        className={cx('shrink-0', words.ink)}
        role="img"
        aria-label={words.label}
      />
      <div className="min-w-0 flex-1">
        <p className="font-medium first-letter:uppercase">{name}</p>
        <p className="text-xs text-muted">{component.detail}</p>
      </div>
      <span className="shrink-0 text-xs text-muted tabular-nums">
        {formatDuration(component.latency_ms)}
      </span>
    </li>
  )
}

const UpTime = ({ since }: { since: string }) => {
  const now = useNow()
  return formatDuration(Math.max(1_000, now - Date.parse(since)))
}
