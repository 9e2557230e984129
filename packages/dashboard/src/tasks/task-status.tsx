import type { TaskPriority, TaskStatus } from '@cadre/contract'
import { Badge } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { ShapeIcon } from '../ui/shape-icon.tsx'
import { PRIORITY_WORDS, STATUS_WORDS } from './task-words.ts'

const COLOURS: Record<TaskStatus, string> = {
  TODO: 'text-faint',
  IN_PROGRESS: 'text-accent',
  DONE: 'text-good',
  QUARANTINED: 'text-bad',
  CANCELLED: 'text-faint',
}

const CIRCUMFERENCE = 2 * Math.PI * 5.75

/** A task's status as a shape, told apart without colour. `fraction` is the progress, 0 to 1. */
export const StatusIcon = ({
  status,
  fraction = null,
  isDecorative = false,
}: {
  status: TaskStatus
  fraction?: number | null | undefined
  /** The status stands beside it in words. */
  isDecorative?: boolean
}) => (
  <ShapeIcon
    label={isDecorative ? undefined : STATUS_WORDS[status].label}
    className={COLOURS[status]}
  >
    {status === 'TODO' && <circle cx="8" cy="8" r="5.75" strokeDasharray="1.7 2.43" />}
    {status === 'IN_PROGRESS' && <Progress fraction={fraction} />}
    {status === 'DONE' && (
      <>
        <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
        <path d="m5.4 8.2 1.8 1.8 3.4-3.8" className="stroke-surface" />
      </>
    )}
    {status === 'QUARANTINED' && (
      <>
        <path
          d="M5.4 1.5h5.2l3.9 3.9v5.2l-3.9 3.9H5.4l-3.9-3.9V5.4z"
          fill="currentColor"
          stroke="none"
        />
        <path d="M8 4.9v3.6M8 10.9v.1" className="stroke-surface" />
      </>
    )}
    {status === 'CANCELLED' && (
      <>
        <circle cx="8" cy="8" r="5.75" />
        <path d="m4.1 11.9 7.8-7.8" />
      </>
    )}
  </ShapeIcon>
)

const Progress = ({ fraction }: { fraction: number | null }) => (
  <>
    <circle cx="8" cy="8" r="5.75" opacity={0.25} strokeWidth={2} />
    <circle
      cx="8"
      cy="8"
      r="5.75"
      strokeWidth={2}
      strokeDasharray={`${Math.max(0.06, fraction ?? 0.28) * CIRCUMFERENCE} ${CIRCUMFERENCE}`}
      className={cx('origin-center', fraction === null ? 'animate-turn' : '-rotate-90')}
    />
  </>
)

export const StatusBadge = ({ status }: { status: TaskStatus }) => (
  <Badge tone={STATUS_WORDS[status].tone}>{STATUS_WORDS[status].label}</Badge>
)

const BARS: Record<TaskPriority, number> = { urgent: 4, high: 3, medium: 2, low: 1 }

/** Priority as rising bars; urgent is a filled mark. */
export const PriorityIcon = ({ priority }: { priority: TaskPriority }) => (
  <svg
    width={16}
    height={16}
    viewBox="0 0 16 16"
    role="img"
    aria-label={`${PRIORITY_WORDS[priority]} priority`}
    className={cx('shrink-0', priority === 'urgent' ? 'text-warn' : 'text-muted')}
    fill="currentColor"
  >
    <title>{`${PRIORITY_WORDS[priority]} priority`}</title>
    {priority === 'urgent' ? (
      <>
        <rect x="1.5" y="1.5" width="13" height="13" rx="3" />
        <path
          d="M8 4.6v4M8 11.2v.1"
          className="stroke-surface"
          strokeWidth={1.8}
          strokeLinecap="round"
        />
      </>
    ) : (
      [1, 2, 3].map((bar) => (
        <rect
          key={bar}
          x={1 + (bar - 1) * 5}
          y={12 - bar * 3}
          width="3.4"
          height={2 + bar * 3}
          rx="1"
          opacity={bar <= BARS[priority] ? 1 : 0.28}
        />
      ))
    )}
  </svg>
)
