import type { Queue } from '@cadre/contract'
import { Layers, Pause, Play, SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { formatCount, formatNumberOf } from '../ui/format.ts'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { Ago } from '../ui/time.tsx'
import { QueueLimitsDialog } from './queue-limits-dialog.tsx'
import { useChangeQueue, useQueues } from './use-queues.ts'

/** Where tasks wait: how many, since when, and what holds them back. */
export const QueuesPage = () => {
  const queues = useQueues()
  const items = queues.data?.items ?? []
  const starts = items.reduce((sum, queue) => sum + queue.starts.last_minute, 0)
  return (
    <>
      <PageHeader
        title="Queues"
        note={`Where tasks wait for their turn · ${formatNumberOf(starts, 'start')} in the last minute`}
      />
      <div className="min-h-96 overflow-hidden rounded-xl border border-line bg-surface shadow-card">
        {queues.isPending && (
          <div role="status" aria-label="Loading queues" className="grid gap-3 p-4">
            <Skeleton className="h-12" />
            <Skeleton className="h-12" />
          </div>
        )}
        {queues.isError && (
          <ErrorState error={queues.error} onRetry={() => void queues.refetch()} />
        )}
        {queues.isSuccess && items.length === 0 && (
          <EmptyState icon={Layers} title="No queue yet">
            A queue appears with the first task of an agent or capability.
          </EmptyState>
        )}
        <ul aria-label="Queues">
          {items.map((queue) => (
            <QueueRow key={queue.name} queue={queue} />
          ))}
        </ul>
      </div>
    </>
  )
}

const QueueRow = ({ queue }: { queue: Queue }) => {
  const [isEditing, setEditing] = useState(false)
  const may = useMay()
  const change = useChangeQueue(queue.name)
  return (
    <li
      data-row
      className="flex flex-wrap items-center gap-x-6 gap-y-3 border-b border-line px-4 py-3.5 last:border-b-0"
    >
      <div className="min-w-0 flex-1 basis-40">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">{queue.title}</span>
          {queue.is_paused && <Badge tone="warn">Paused</Badge>}
          {queue.is_shared && <Badge>Shared</Badge>}
        </h2>
        <p className="mt-1 truncate text-xs text-muted">{limitsInWords(queue)}</p>
      </div>
      <Starts queue={queue} />
      <dl className="flex gap-4 text-right tabular-nums max-sm:basis-full max-sm:justify-between">
        <Figure term="Waiting" value={queue.waiting} />
        <Figure term="Admitted" value={queue.admitted} />
        <Figure term="In progress" value={queue.in_progress} />
        <div className="w-18">
          <dt className="text-2xs text-faint">Oldest due</dt>
          <dd className="text-sm leading-6 whitespace-nowrap">
            {queue.oldest_due_at === null ? '–' : <Ago at={queue.oldest_due_at} />}
          </dd>
        </div>
      </dl>
      {may(queue.is_shared ? 'queue.manage_shared' : 'queue.manage') && (
        <div className="flex gap-2">
          <Button
            isBusy={change.isPending}
            onClick={() => change.mutate({ is_paused: !queue.is_paused })}
            aria-label={`${queue.is_paused ? 'Resume' : 'Pause'} ${queue.title}`}
            className="w-25"
          >
            {queue.is_paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            {queue.is_paused ? 'Resume' : 'Pause'}
          </Button>
          <Button onClick={() => setEditing(true)} aria-label={`Edit limits of ${queue.title}`}>
            <SlidersHorizontal size={14} aria-hidden /> Limits
          </Button>
        </div>
      )}
      {isEditing && <QueueLimitsDialog queue={queue} onClose={() => setEditing(false)} />}
    </li>
  )
}

/** How many tasks start, now and lately. */
const Starts = ({ queue: { starts, title } }: { queue: Queue }) => (
  <div className="flex items-end gap-1 tabular-nums max-sm:basis-full">
    <Sparkline
      values={starts.per_bucket}
      label={`Starts of ${title} in the last ten minutes`}
      className="h-7 w-28 max-sm:w-auto max-sm:min-w-0 max-sm:flex-1"
    />
    <dl className="w-16 text-right">
      <dt className="text-2xs text-faint">Starts / min</dt>
      <dd className="text-sm leading-6 font-semibold">{formatCount(starts.last_minute)}</dd>
    </dl>
  </div>
)

const Figure = ({ term, value }: { term: string; value: number }) => (
  <div>
    <dt className="text-2xs text-faint">{term}</dt>
    <dd className="text-sm leading-6 font-semibold">{formatCount(value)}</dd>
  </div>
)

const limitsInWords = ({ limits, in_progress, admitted }: Queue): string => {
  const words: string[] = []
  if (limits.concurrency_max !== null)
    words.push(
      `${formatCount(in_progress + admitted)} of ${formatCount(limits.concurrency_max)} at the same time`,
    )
  if (limits.concurrency_max_per_key !== null)
    words.push(`${formatCount(limits.concurrency_max_per_key)} for each key`)
  if (limits.rate_per_second !== null)
    words.push(`${limits.rate_per_second} starts per second, ${limits.rate_burst ?? 1} at once`)
  return words.length === 0 ? 'No limits' : words.join(' · ')
}
