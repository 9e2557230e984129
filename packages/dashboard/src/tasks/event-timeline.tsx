import type { CadreEvent, List } from '@cadre/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { formatDuration } from '../ui/format.ts'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { EventClock, EventDot, wordsOfEvent } from './event-mark.tsx'

/** What happened to the task, newest first, as it happens. */
export const EventTimeline = ({ events }: { events: UseQueryResult<List<CadreEvent>> }) => {
  const items = [...(events.data?.items ?? [])].reverse()
  return (
    <Panel title="History">
      {events.isError && <ErrorState error={events.error} />}
      <ol className="max-h-120 overflow-y-auto px-4 py-3" tabIndex={0} aria-label="Events">
        {items.map((event) => (
          <TimelineRow key={event.id} event={event} />
        ))}
      </ol>
    </Panel>
  )
}

const TimelineRow = ({ event }: { event: CadreEvent }) => {
  const note = noteOf(event)
  return (
    <li className="relative flex gap-3 pb-4 text-sm last:pb-0 before:absolute before:top-4 before:bottom-0 before:left-[3px] before:w-px before:bg-line last:before:hidden">
      <EventDot event={event} className="mt-1.5" />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="font-medium">{wordsOfEvent(event).label}</span>
          <EventClock event={event} />
        </div>
        {note !== '' && <p className="line-clamp-3 text-xs text-muted">{note}</p>}
      </div>
    </li>
  )
}

const noteOf = ({ type, data }: CadreEvent): string => {
  const parts = [
    type === 'task.claimed' && data.agent_name,
    type === 'task.claimed' && data.attempt !== undefined && `attempt ${data.attempt}`,
    data.message,
    typeof data.fraction === 'number' && `${Math.round(data.fraction * 100)} %`,
    typeof data.duration_ms === 'number' && formatDuration(data.duration_ms),
    type !== 'task.completed' && data.error,
  ]
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' · ')
}
