import type { TaskCounts as Counts } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'
import { cx } from '../ui/cx.ts'
import { formatCount } from '../ui/format.ts'
import { EventRate } from '../live/event-rate-chart.tsx'

const REFETCH_MS_MIN = 1_000
const QUERY_KEY = ['tasks', 'counts']

/** Counted by the server, asked again after events, once a second at the most. */
export const useTaskCounts = () => {
  useLiveRefetch(QUERY_KEY, {
    concerns: ({ type }) => type.startsWith('task.') && type !== 'task.progressed',
    intervalMs: REFETCH_MS_MIN,
  })
  return useQuery({ queryKey: QUERY_KEY, queryFn: () => api.tasks.counts() })
}

const FIGURES: readonly { key: keyof Counts; label: string; alarm?: true }[] = [
  { key: 'waiting', label: 'Waiting' },
  { key: 'in_progress', label: 'Running' },
  { key: 'quarantined', label: 'Quarantined', alarm: true },
  { key: 'done_last_day', label: 'Done · 24 h' },
  { key: 'failed_attempts_last_day', label: 'Failed · 24 h', alarm: true },
]

/** The state of the queue at a glance. */
export const TaskFigures = ({ counts }: { counts: Counts | undefined }) => (
  <section
    aria-label="Queue at a glance"
    className="mb-5 grid grid-cols-3 overflow-hidden rounded-xl border border-line bg-surface shadow-card lg:grid-cols-[repeat(5,minmax(0,1fr))_minmax(0,1.6fr)]"
  >
    {FIGURES.map(({ key, label, alarm }) => (
      <div key={key} className="border-r border-b border-line px-4 py-3 lg:border-b-0">
        <p className="truncate text-xs text-muted" title={label}>
          {label}
        </p>
        <p
          className={cx(
            'mt-0.5 text-xl font-semibold tracking-tight tabular-nums',
            alarm && (counts?.[key] ?? 0) > 0 && 'text-bad',
          )}
        >
          {counts === undefined ? <span className="text-faint">–</span> : formatCount(counts[key])}
        </p>
      </div>
    ))}
    <div className="px-4 py-3">
      <EventRate />
    </div>
  </section>
)
