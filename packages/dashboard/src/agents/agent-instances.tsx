import type { Agent, AgentInstance, AgentTransport } from '@cadre/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { Badge } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { formatCount } from '../ui/format.ts'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Ago } from '../ui/time.tsx'

/** Between events, what a process is at changes by its reports alone. */
const REFETCH_MS = 5_000

const TRANSPORT_WORDS: Record<AgentTransport, { label: string; note: string }> = {
  http: { label: 'HTTP', note: 'Takes its offers from a stream of Cadre' },
  amqp: { label: 'RabbitMQ', note: 'Takes its offers straight from RabbitMQ' },
}

/** The processes of an agent, which only a remote one has. */
export const useInstances = (agent: Agent | undefined) =>
  useQuery({
    queryKey: ['agents', 'instances', agent?.id],
    queryFn: () => api.agents.instances(agent?.id ?? ''),
    enabled: agent?.runtime === 'remote',
    placeholderData: keepPreviousData,
    refetchInterval: REFETCH_MS,
    staleTime: 0,
  })

/**
 * The processes of a remote agent: which are there, since when, and what they are at. Shown when
 * they are loaded: nobody knows before how high the list will be.
 */
export const AgentInstances = ({ list }: { list: ReturnType<typeof useInstances> }) => {
  const items = list.data?.items ?? []
  const connected = items.filter(({ is_connected }) => is_connected).length
  return (
    <Panel
      title="Processes"
      aside={
        list.isSuccess && (
          <span role="status" className="pr-2 text-xs text-muted tabular-nums">
            {connected === 0 ? 'none connected' : `${formatCount(connected)} connected`}
          </span>
        )
      }
    >
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && (
        <p className="flex min-h-15 items-center px-4 text-sm text-muted">
          No process of this agent is connected. Its tasks wait until one is.
        </p>
      )}
      <ul aria-label="Processes" className="divide-y divide-line">
        {items.map((instance) => (
          <Instance key={instance.id} instance={instance} />
        ))}
      </ul>
    </Panel>
  )
}

const Instance = ({ instance }: { instance: AgentInstance }) => {
  const { label, note } = TRANSPORT_WORDS[instance.transport]
  return (
    <li className="flex min-h-15 flex-wrap items-center gap-x-6 gap-y-2 px-4 py-2">
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex min-w-0 items-center gap-2 text-sm">
          <span
            aria-hidden
            className={cx(
              'size-1.5 shrink-0 rounded-full',
              instance.is_connected ? 'bg-good' : 'bg-warn',
            )}
          />
          <span className="truncate font-mono text-xs">{instance.name}</span>
          {!instance.is_connected && <Badge tone="warn">Silent</Badge>}
        </p>
        <p className="mt-0.5 truncate pl-3.5 text-xs text-faint">
          <span title={note}>{label}</span> · since <Ago at={instance.connected_at} />
        </p>
      </div>
      <dl className="flex gap-5 pl-3.5 text-right tabular-nums">
        <div>
          <dt className="text-2xs text-faint">In flight</dt>
          <dd className="text-sm">
            {instance.is_connected && instance.in_flight !== null
              ? formatCount(instance.in_flight)
              : '–'}
          </dd>
        </div>
        <div>
          <dt className="text-2xs text-faint">At once</dt>
          <dd className="text-sm">
            {instance.concurrency === null ? '–' : formatCount(instance.concurrency)}
          </dd>
        </div>
        <div className="w-20">
          <dt className="text-2xs text-faint">Last heartbeat</dt>
          <dd className="text-sm">
            <Ago at={instance.last_heartbeat_at} />
          </dd>
        </div>
      </dl>
    </li>
  )
}

/** `2 processes · 3 of 16 in flight`; null where no process is connected. */
export const presenceWords = ({ presence }: Agent): string | null => {
  if (presence === null || presence.instances === 0) return null
  const { instances, in_flight, concurrency } = presence
  const processes = instances === 1 ? '1 process' : `${formatCount(instances)} processes`
  // Processes that do not say how many tasks they take say nothing of those they are at.
  if (concurrency === 0) return processes
  return `${processes} · ${formatCount(in_flight)} of ${formatCount(concurrency)} in flight`
}
