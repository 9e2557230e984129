import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { cx } from '../ui/cx.ts'
import { formatAge, formatDuration, shortId } from '../ui/format.ts'
import { Age, useNow } from '../ui/time.tsx'
import type { TaskRowData } from './task-row-data.ts'
import { PriorityIcon, StatusIcon } from './task-status.tsx'

/** Shared with the heading above the rows, so that columns line up. */
export const rowGridClass =
  'grid items-center gap-x-3 grid-cols-[1rem_minmax(0,1fr)_auto] md:grid-cols-[1rem_1rem_minmax(0,1fr)_7rem_2rem_5rem_3.25rem] lg:grid-cols-[1rem_1rem_minmax(0,1fr)_10rem_2rem_5rem_3.25rem]'

/** Every row has the same height, whatever it says, so that changes in place move nothing. */
export const rowHeightClass = 'h-15 md:h-11'

/** One task. Redrawn only when its own data change; clocks tick in leaves of their own. */
export const TaskRow = memo(({ task }: { task: TaskRowData }) => (
  <li className={cx(isFresh(task) && 'animate-arrive')}>
    <Link
      to="/tasks/$taskId"
      params={{ taskId: task.id }}
      preload={false}
      data-row
      className={cx(
        rowGridClass,
        rowHeightClass,
        'px-4 -outline-offset-2 transition-colors hover:bg-hover',
      )}
    >
      <StatusIcon status={task.status} fraction={task.progress?.fraction} />
      <span className="hidden md:block">
        <PriorityIcon priority={task.priority} />
      </span>
      <span className="min-w-0 md:flex md:items-baseline md:gap-3">
        <span className="block truncate text-sm font-medium md:max-w-4/5 md:shrink-0">
          {nameOf(task)}
        </span>
        <SideNote task={task} />
      </span>
      <span className="hidden min-w-0 truncate text-sm text-muted md:block">
        {task.agent_name ?? task.capability ?? '–'}
      </span>
      <span className="hidden text-right text-xs text-muted tabular-nums md:block">
        {task.attempt > 1 && <span title={`${task.attempt} attempts`}>×{task.attempt}</span>}
      </span>
      <span className="hidden text-right text-xs text-muted tabular-nums md:block">
        <TaskSpan task={task} />
      </span>
      <span className="text-right text-xs text-faint tabular-nums">
        <Age at={task.created_at} />
      </span>
    </Link>
  </li>
))

/** The page's clock may lag by one tick: a task due this moment must not seem to wait. */
const TICK_MS = 1_000
const FRESH_MS_MAX = 3_000

/** New rows glow for a moment; those that were there before the page was do not. */
const isFresh = (task: TaskRowData) => Date.now() - Date.parse(task.created_at) < FRESH_MS_MAX

/** Untitled tasks are called after what they ask for. */
export const nameOf = (task: {
  id: string
  title: string | null
  agent_name: string | null
  capability: string | null
}) => task.title || `${task.agent_name ?? task.capability ?? 'task'} · ${shortId(task.id)}`

/** What went wrong or goes on, beside the title; on a phone below it, after the agent. */
const SideNote = ({ task }: { task: TaskRowData }) => {
  const hasFailed = task.last_error !== null && task.status !== 'DONE'
  return (
    <span className="block min-w-0 truncate text-xs text-faint">
      <span className="mr-2 md:hidden">{task.agent_name ?? task.capability}</span>
      {hasFailed && <span className="text-bad">{task.last_error}</span>}
      {!hasFailed && task.status === 'IN_PROGRESS' && task.progress?.message}
    </span>
  )
}

/** How long the task ran, runs, or still waits for its moment. */
const TaskSpan = ({ task }: { task: TaskRowData }) => {
  if (task.status === 'TODO') return <UntilDue at={task.run_at} />
  if (task.started_at === null) return null
  if (task.status === 'IN_PROGRESS') return <Since at={task.started_at} />
  if (task.finished_at === null) return null
  return formatDuration(Math.max(0, Date.parse(task.finished_at) - Date.parse(task.started_at)))
}

const Since = ({ at }: { at: string }) => {
  const now = useNow()
  return <span className="text-accent">{formatAge(Math.max(1_000, now - Date.parse(at)))}</span>
}

const UntilDue = ({ at }: { at: string }) => {
  const leftMs = Date.parse(at) - useNow()
  return leftMs > TICK_MS ? <span className="text-warn">in {formatAge(leftMs + 999)}</span> : null
}
