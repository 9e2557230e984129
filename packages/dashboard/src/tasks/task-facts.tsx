import type { Task } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Chip } from '../ui/badge.tsx'
import { formatDuration, formatMoment, formatMoney } from '../ui/format.ts'
import { Ago, useNow } from '../ui/time.tsx'
import { PriorityIcon } from './task-status.tsx'
import { PRIORITY_WORDS } from './task-words.ts'

type Fact = readonly [string, ReactNode]

/** The facts of a task that are worth a line, in reading order. */
export const factsOf = (task: Task): readonly Fact[] => [
  ['Agent', <AgentLink key="agent" task={task} />],
  ...(task.capability === null
    ? []
    : [['Capability', <Chip key="capability">{task.capability}</Chip>] as Fact]),
  [
    'Priority',
    <span key="priority" className="inline-flex items-center gap-1.5">
      <PriorityIcon priority={task.priority} /> {PRIORITY_WORDS[task.priority]}
    </span>,
  ],
  ['Attempts', attemptsOf(task)],
  ['Ran for', <RunTime key="time" task={task} />],
  ...(task.timeouts.execution_seconds === null
    ? []
    : [['Time limit', formatDuration(task.timeouts.execution_seconds * 1_000)] as Fact]),
  ['Cost', task.cost === null ? '–' : formatMoney(task.cost)],
  ['Created', <Ago key="created" at={task.created_at} />],
  ...(task.finished_at === null ? [] : [['Finished', formatMoment(task.finished_at)] as Fact]),
  ...(task.idempotency_key === null
    ? []
    : [['Repeat key', <Chip key="idempotency">{task.idempotency_key}</Chip>] as Fact]),
  ...(task.tags.length === 0 ? [] : [['Tags', <Tags key="tags" tags={task.tags} />] as Fact]),
]

/** The attempt that brings the count of failures to `max_retries` is the last one. */
const attemptsOf = ({ attempt, max_retries }: Task) =>
  `${attempt} of ${Math.max(attempt, max_retries, 1)}`

const AgentLink = ({ task }: { task: Task }) =>
  task.agent_id === null ? (
    'Any that can'
  ) : (
    <Link
      to="/agents/$agentId"
      params={{ agentId: task.agent_id }}
      className="font-medium underline decoration-line-strong underline-offset-3 hover:decoration-ink"
    >
      {task.agent_name ?? 'Removed agent'}
    </Link>
  )

const Tags = ({ tags }: { tags: readonly string[] }) => (
  <span className="flex flex-wrap justify-end gap-1">
    {tags.map((tag) => (
      <Chip key={tag}>{tag}</Chip>
    ))}
  </span>
)

const RunTime = ({ task }: { task: Task }) => {
  const now = useNow()
  if (task.started_at === null) return '–'
  const end = task.finished_at === null ? now : Date.parse(task.finished_at)
  if (task.finished_at === null && task.status !== 'IN_PROGRESS') return '–'
  return formatDuration(Math.max(0, end - Date.parse(task.started_at)))
}
