import type { TaskStatus } from '@cadre/contract'
import { AppError } from '#platform/errors.ts'
import type { LimitRefusal, RefusedByLimit } from './governed-claims.ts'

const conflict = (code: string, publicMessage: string) =>
  new AppError({ kind: 'conflict', code: `task.${code}`, publicMessage })

export const taskNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'task.not_found',
    publicMessage: 'There is no such task.',
  })

export const resultNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'task.no_result',
    publicMessage: 'No sandboxed execution of this task has finished.',
  })

export const notHolder = () =>
  new AppError({
    kind: 'not_found',
    code: 'task.not_holder',
    publicMessage: 'This agent does not hold that task.',
  })

export const alreadyFinished = (status: TaskStatus) =>
  conflict('already_finished', `The task is ${status}; nothing was changed.`)

export const alreadyClaimed = () =>
  conflict('already_claimed', 'Another agent holds the task; nothing was changed.')

export const notClaimable = () =>
  conflict(
    'not_claimable',
    'The task cannot be claimed by this agent now: it is held, finished, not due, held back by a limit, or not for it.',
  )

export const leaseLost = () =>
  conflict(
    'lease_lost',
    'This claim no longer counts: it ran out, was reported before, or the task was claimed anew. Nothing was changed.',
  )

export const executionTimeout = () =>
  conflict(
    'execution_timeout',
    'The attempt ran longer than its limit (timeouts.execution_seconds) and counts as failed. Nothing was changed.',
  )

export const notDue = (runAt: Date) =>
  conflict('not_due', `The task is not due before ${runAt.toISOString()}.`)

export const notForAgent = () =>
  conflict(
    'not_for_agent',
    'The task is for another agent, or asks for a capability that this one lacks.',
  )

export const quarantined = () =>
  conflict('quarantined', 'The task is in quarantine and needs a person; nothing was changed.')

const REFUSALS: Readonly<Record<LimitRefusal, readonly [code: string, why: string]>> = {
  paused: ['queue_paused', 'is paused'],
  not_admitted: ['not_admitted', 'has limits, and the task has not been let through yet'],
  rate: ['rate_limited', 'starts no more tasks for the moment'],
  agent: ['agent_limited', 'is open, but this agent has as many tasks as it may'],
}
const MS_PER_SECOND = 1_000

/** The task waits on, and is offered when its limit lets it through. */
export const limitRefused = ({ limit, queue, availableAt }: RefusedByLimit, now: Date) => {
  const [code, why] = REFUSALS[limit]
  const waitMs = availableAt === null ? null : availableAt.getTime() - now.getTime()
  return new AppError({
    kind: 'conflict',
    code: `task.${code}`,
    publicMessage: `The queue ${queue} ${why}; nothing was changed.`,
    ...(waitMs === null
      ? {}
      : { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / MS_PER_SECOND)) }),
  })
}

export const idempotencyMismatch = () =>
  conflict(
    'idempotency_mismatch',
    'The idempotency key was used before with another request. Use a new key.',
  )
