import type { Task, WaitReason } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { Clock, OctagonAlert } from 'lucide-react'
import { formatCountdown, formatMoment } from '../ui/format.ts'
import { Callout } from '../ui/notice.tsx'
import { useNow } from '../ui/time.tsx'
import { CATEGORY_WORDS } from './task-words.ts'

const WAIT_WORDS: Record<WaitReason, string> = {
  queued: 'Next in line. It starts as soon as an agent is free.',
  backoff: 'The last attempt failed. It is tried again after a pause.',
  scheduled: 'It was created for a later time.',
  no_agent: 'No agent takes this work: none of that name or capability is published.',
  agent_disabled: 'Its agent is disabled. It starts when the agent is enabled again.',
  admitted: 'Next in line. It starts as soon as an agent is free.',
  agent_disconnected: 'No agent that could take it is connected.',
  queue_paused: 'Its queue is paused. It starts when the queue is resumed.',
  concurrency_limit: 'As many tasks as its limit allows are under way.',
  tenant_suspended: 'The tenant is suspended. It starts when the tenant is resumed.',
  rate_limit: 'Its queue has started as many tasks as its rate allows for now.',
}

/** What a person should know before anything else: why it waits, or why it stopped. */
export const TaskAlerts = ({ task }: { task: Task }) => {
  if (task.status === 'TODO' && task.waiting !== null) return <Waiting task={task} />
  if (task.status === 'QUARANTINED') return <Quarantined task={task} />
  return null
}

const Waiting = ({ task }: { task: Task }) => {
  const now = useNow()
  const { reason, until } = task.waiting ?? { reason: 'queued' as const, until: null }
  const leftMs = until === null ? 0 : Date.parse(until) - now
  const isTrouble = reason === 'no_agent' || reason === 'agent_disabled'
  return (
    <Callout
      tone={isTrouble ? 'warn' : 'neutral'}
      icon={<Clock size={15} aria-hidden />}
      className="mb-5"
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p>
          <strong className="font-medium text-ink">Why it waits.</strong> {WAIT_WORDS[reason]}
          {isTrouble && task.agent_id !== null && (
            <>
              {' '}
              <Link
                to="/agents/$agentId"
                params={{ agentId: task.agent_id }}
                className="underline underline-offset-2"
              >
                See the agent
              </Link>
            </>
          )}
        </p>
        {until !== null && (
          <p className="text-ink tabular-nums" title={formatMoment(until)}>
            {leftMs > 0 ? `due in ${formatCountdown(leftMs)}` : 'due now'}
          </p>
        )}
      </div>
    </Callout>
  )
}

const Quarantined = ({ task }: { task: Task }) => (
  <Callout
    tone="bad"
    icon={<OctagonAlert size={15} className="text-bad" aria-hidden />}
    className="mb-5"
  >
    <p>
      <strong className="font-medium">Needs a person.</strong>{' '}
      {task.last_error_category === 'permanent'
        ? 'The agent said that trying again would not help.'
        : `It failed ${task.attempt === 1 ? 'once' : `${task.attempt} times`} and is not tried again by itself.`}
      {task.last_error_category !== null &&
        ` Last failure: ${CATEGORY_WORDS[task.last_error_category].toLowerCase()}.`}
    </p>
    {task.last_error !== null && (
      <p className="mt-1 font-mono text-xs whitespace-pre-wrap">{task.last_error}</p>
    )}
  </Callout>
)
