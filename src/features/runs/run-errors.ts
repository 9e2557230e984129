import { AppError, invalidField } from '#platform/errors.ts'

export const runNotFound = () =>
  new AppError({ kind: 'not_found', code: 'run.not_found', publicMessage: 'There is no such run.' })

export const stepNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'run.step_not_found',
    publicMessage: 'The run has no such step, or has not come to it.',
  })

export const runOver = (status: string) =>
  new AppError({
    kind: 'conflict',
    code: 'run.over',
    publicMessage: `The run is over: it is ${status}.`,
  })

export const runGoesOn = () =>
  new AppError({
    kind: 'conflict',
    code: 'run.goes_on',
    publicMessage: 'The run is not over. Wait for its end, or cancel it first.',
  })

export const wasUndone = () =>
  new AppError({
    kind: 'conflict',
    code: 'run.was_undone',
    publicMessage:
      'What the run did was undone, so nothing of it can be kept. Rerun it from the start.',
  })

export const nothingFailed = () =>
  new AppError({
    kind: 'conflict',
    code: 'run.nothing_failed',
    publicMessage: 'No step of the run failed or was left out by its end.',
  })

export const notDecidable = (what: string, status: string) =>
  new AppError({
    kind: 'conflict',
    code: 'run.step_not_waiting',
    publicMessage: `The step cannot be ${what}: it is ${status}.`,
  })

export const isNoApproval = () =>
  new AppError({
    kind: 'conflict',
    code: 'run.no_approval',
    publicMessage: 'The step asks nobody for an approval.',
  })

export const triggerRefused = (problem: string) => invalidField('context', problem)

export const idempotencyMismatch = () =>
  new AppError({
    kind: 'conflict',
    code: 'run.idempotency_mismatch',
    publicMessage: 'The idempotency key was used for another run.',
    details: [{ field: 'idempotency_key', message: 'was used with another workflow or context' }],
  })
