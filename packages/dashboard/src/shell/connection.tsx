import { cx } from '../ui/cx.ts'
import type { StreamState } from '../live/event-stream.ts'
import { useStreamState } from '../live/live-events.ts'

const STATES: Record<StreamState, { label: string; dot: string; note: string }> = {
  connecting: { label: 'Connecting', dot: 'bg-warn', note: 'Opening the live stream' },
  live: { label: 'Live', dot: 'bg-good', note: 'Changes appear here as they happen' },
  reconnecting: {
    label: 'Reconnecting',
    dot: 'bg-warn animate-breathe',
    note: 'The live stream broke off. What you see may be out of date',
  },
  paused: { label: 'Paused', dot: 'bg-faint', note: 'Resumes when you look at this tab' },
  ended: { label: 'Signed out', dot: 'bg-bad', note: 'Sign in again to see changes' },
}

/** Whether what is shown is live. Says so to screen readers when that changes. */
export const Connection = ({ className }: { className?: string }) => {
  const state = STATES[useStreamState()]
  return (
    <span
      role="status"
      title={state.note}
      className={cx('inline-flex min-w-23 items-center gap-2 text-xs text-muted', className)}
    >
      <span aria-hidden className={cx('size-1.5 rounded-full', state.dot)} />
      {state.label}
    </span>
  )
}
