import type { TaskStatus } from '@cadre/contract'
import { AppError } from '#platform/errors.ts'

export const notQuarantined = (status: TaskStatus) =>
  new AppError({
    kind: 'conflict',
    code: 'quarantine.not_quarantined',
    publicMessage: `The task is ${status}, not in quarantine; nothing was changed.`,
  })

/** The same where the inbox is read: what is not in it is not found there. */
export const notInInbox = () =>
  new AppError({
    kind: 'not_found',
    code: 'quarantine.task_not_found',
    publicMessage: 'The task is not in quarantine.',
  })

export const agentIsGone = () =>
  new AppError({
    kind: 'conflict',
    code: 'quarantine.agent_deleted',
    publicMessage:
      'The agent of this task was deleted, so nobody would take it. Create a task for another agent and purge this one.',
  })

export const groupNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'quarantine.group_not_found',
    publicMessage: 'No task with this fingerprint is in quarantine.',
  })

export const deadLetterNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'dead_letter.not_found',
    publicMessage: 'There is no such dead letter.',
  })

export const taskNotWaiting = (status: TaskStatus | null) =>
  new AppError({
    kind: 'conflict',
    code: 'dead_letter.task_not_waiting',
    publicMessage:
      status === null
        ? 'The task of this message does not exist any more; purge the message.'
        : `The task of this message is ${status} and needs no message; purge the message.`,
  })
