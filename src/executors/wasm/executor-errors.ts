import { AppError, unavailable } from '#platform/errors.ts'

export const executorClosed = (): AppError =>
  unavailable('executor.closing', 'Cadre is shutting down; try again on another server.')

export const queueFull = (queueMax: number): AppError =>
  unavailable('executor.busy', `All sandboxes are busy and ${queueMax} executions wait already.`)

export const badArgument = (what: string): AppError =>
  new AppError({ kind: 'invalid', code: 'executor.bad_argument', publicMessage: what })
