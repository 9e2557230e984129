import type { TaskStatus } from '@cadre/contract'
import { AppError } from '#platform/errors.ts'

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
    'The task cannot be claimed by this agent now: it is held, finished, not due, or not for it.',
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

export const idempotencyMismatch = () =>
  conflict(
    'idempotency_mismatch',
    'The idempotency key was used before with another request. Use a new key.',
  )
