import type { CadreEvent } from '@cadre/contract'
import { cx } from '../ui/cx.ts'
import { formatClock, formatMoment } from '../ui/format.ts'
import type { Tone } from '../ui/notice.tsx'
import { EVENT_WORDS } from './task-words.ts'

const DOTS: Record<Tone, string> = {
  neutral: 'bg-control',
  accent: 'bg-accent',
  good: 'bg-good',
  warn: 'bg-warn',
  bad: 'bg-bad',
}

/** What an event is called; one that this dashboard does not know goes by its type. */
export const wordsOfEvent = ({ type }: CadreEvent) =>
  EVENT_WORDS[type] ?? { label: type, tone: 'neutral' as const }

/** Whether what happened is good or bad, as a dot. */
export const EventDot = ({ event, className }: { event: CadreEvent; className: string }) => (
  <span
    aria-hidden
    className={cx('size-[7px] shrink-0 rounded-full', className, DOTS[wordsOfEvent(event).tone])}
  />
)

/** When it happened, to the millisecond. */
export const EventClock = ({ event: { at } }: { event: CadreEvent }) => (
  <time dateTime={at} title={formatMoment(at)} className="shrink-0 text-xs text-faint tabular-nums">
    {formatClock(at)}
  </time>
)
