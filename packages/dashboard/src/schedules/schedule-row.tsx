import type { Schedule, ScheduledTask, ScheduleRun } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { isAgentId } from '../agents/agent-reference.ts'
import { useAgent } from '../agents/use-agents.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { Ago, useNow } from '../ui/time.tsx'
import { useWorkflowChoice } from '../workflows/use-workflow-choice.ts'
import { ScheduleActions } from './schedule-actions.tsx'
import { runWords, timingWords, untilWords } from './schedule-words.ts'
import { formatInZone, otherClock, OWN_ZONE } from './zone-time.ts'

/** One schedule: what it starts and when, its next start and its last. */
export const ScheduleRow = ({ schedule }: { schedule: Schedule }) => {
  const may = useMay()
  return (
    <li
      data-row
      tabIndex={-1}
      aria-label={schedule.name}
      className="flex flex-wrap items-center gap-x-6 gap-y-3 px-4 py-3.5 -outline-offset-2"
    >
      <div className="min-w-0 flex-1 basis-52">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">{schedule.name}</span>
          {schedule.is_paused && <Badge tone="warn">Paused</Badge>}
        </h2>
        <p className="mt-1 flex min-w-0 gap-1.5 text-xs text-muted">
          <span className={cx('shrink-0', schedule.cron !== null && 'font-mono')}>
            {timingWords(schedule)}
          </span>
          <span aria-hidden>·</span>
          <span className="truncate">
            {schedule.task === null ? (
              <WorkflowTarget reference={schedule.workflow ?? ''} />
            ) : (
              <Target task={schedule.task} />
            )}
          </span>
        </p>
      </div>
      <dl className="flex gap-x-6 gap-y-3 max-sm:basis-full">
        <div className="w-54 max-sm:w-auto max-sm:flex-1">
          <dt className="text-2xs text-faint">Next start</dt>
          <dd className="text-sm tabular-nums">
            <NextStart schedule={schedule} />
          </dd>
        </div>
        <div className="w-28">
          <dt className="text-2xs text-faint">Last run</dt>
          <dd className="text-sm">
            {schedule.last_run === null ? (
              <span className="leading-6 text-faint">none yet</span>
            ) : (
              <LastRun run={schedule.last_run} />
            )}
          </dd>
        </div>
      </dl>
      {may('schedule.manage') && <ScheduleActions schedule={schedule} />}
    </li>
  )
}

const NextStart = ({ schedule }: { schedule: Schedule }) => {
  const now = useNow()
  const [next] = schedule.next_runs
  if (schedule.is_paused) return <span className="leading-6 text-faint">when resumed</span>
  if (next === undefined) return <span className="leading-6 text-faint">over</span>
  // Intervals and single moments are the same in every zone.
  const there = schedule.cron === null ? null : otherClock(next, schedule.time_zone)
  return (
    <>
      <span className="block leading-6 whitespace-nowrap">
        <time dateTime={next}>{formatInZone(next, OWN_ZONE)}</time>
        <span className="text-xs text-faint"> · {untilWords(next, now)}</span>
      </span>
      {there !== null && <span className="block text-xs text-faint">{there}</span>}
    </>
  )
}

const LastRun = ({ run }: { run: ScheduleRun }) => {
  const { label, tone, note } = runWords(run)
  const badge = <Badge tone={tone}>{label}</Badge>
  return (
    <span title={note}>
      <span className="block leading-6">
        <RunLink run={run}>{badge}</RunLink>
      </span>
      <span className="block text-xs text-faint">
        <Ago at={run.fired_at} />
      </span>
    </span>
  )
}

/** Leads to what a run made, while that is there. */
const RunLink = ({ run, children }: { run: ScheduleRun; children: ReactNode }) => {
  if (run.run_id !== null && run.run_status !== null)
    return (
      <Link to="/runs/$runId" params={{ runId: run.run_id }} preload={false} className="rounded-md">
        {children}
      </Link>
    )
  if (run.task_id !== null && run.task_status !== null)
    return (
      <Link
        to="/tasks/$taskId"
        params={{ taskId: run.task_id }}
        preload={false}
        className="rounded-md"
      >
        {children}
      </Link>
    )
  return children
}

/** The workflow that it starts, and in which version. */
const WorkflowTarget = ({ reference }: { reference: string }) => {
  const chosen = useWorkflowChoice(reference)
  if (chosen === null) return <>a workflow</>
  const { name, version } = chosen
  return (
    <>
      workflow{' '}
      <Link
        to="/workflows/$workflow"
        params={{ workflow: name }}
        search={version === null ? {} : { version }}
        preload={false}
        className="rounded-sm font-medium hover:text-ink"
      >
        {name}
      </Link>
      {version !== null && ` ${version}`}
    </>
  )
}

/** Who does it: an agent by name, or any with a capability. */
const Target = ({ task: { agent_id: reference = '', capability } }: { task: ScheduledTask }) => {
  const isId = isAgentId(reference)
  const agent = useAgent(isId ? reference : null)
  if (reference === '') return <>anyone who can {capability}</>
  if (!isId) return <>{reference}</>
  return <>{agent.data?.name ?? (agent.isError ? 'an agent that is gone' : '…')}</>
}
