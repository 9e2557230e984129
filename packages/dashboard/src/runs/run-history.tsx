import type { CadreEvent } from '@cadre/contract'
import { EventClock, EventDot, wordsOfEvent } from '../tasks/event-mark.tsx'
import { formatDuration, formatMoney } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { useChoose } from './use-choose.ts'
import { useRunHistory } from './use-run.ts'

/** What happened in the run, oldest first, as it happens. */
export const RunHistory = ({ id }: { id: string }) => {
  const events = useRunHistory(id)
  return (
    <Panel title="History">
      {events.isPending && <Skeleton className="m-4 h-40" />}
      {events.isError && <ErrorState error={events.error} onRetry={() => void events.refetch()} />}
      <ol aria-label="Events" className="divide-y divide-line">
        {events.items.map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ol>
      <LoadMore list={events} className="border-t border-line py-3" />
    </Panel>
  )
}

const EventRow = ({ event }: { event: CadreEvent }) => {
  return (
    <li className="flex items-baseline gap-3 px-4 py-2 text-sm">
      <EventDot event={event} className="-translate-y-px" />
      <span className="min-w-0 flex-1">
        <span className="font-medium">{wordsOfEvent(event).label}</span> <StepOf event={event} />
        <span className="text-muted"> {noteOf(event)}</span>
      </span>
      <EventClock event={event} />
    </li>
  )
}

const StepOf = ({ event: { type, data } }: { event: CadreEvent }) => {
  const choose = useChoose()
  const { step, item, step_id } = data
  if (step === undefined) return null
  const isUndo = type.startsWith('compensation.')
  return (
    <button
      type="button"
      className="rounded underline decoration-line-strong underline-offset-3 hover:decoration-ink"
      onClick={() =>
        choose({
          step,
          ...(isUndo && { undo: true }),
          ...(item !== undefined && step_id !== undefined && { element: step_id }),
        })
      }
    >
      {step}
      {item !== undefined && ` [${item}]`}
    </button>
  )
}

const noteOf = ({ data }: CadreEvent): string =>
  [
    data.actor_name,
    data.message,
    typeof data.duration_ms === 'number' && formatDuration(data.duration_ms),
    data.attempts !== undefined && data.attempts > 1 && `${data.attempts} attempts`,
    typeof data.cost === 'string' && Number(data.cost) > 0 && formatMoney(data.cost),
    data.error,
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ')
