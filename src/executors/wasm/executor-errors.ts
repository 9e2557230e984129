import { AppError, unavailable } from '#platform/errors.ts'

export const executorClosed = (): AppError =>
  unavailable('executor.closing', 'Cadre is shutting down; try again on another server.')

export const queueFull = (queueMax: number): AppError =>
  unavailable('executor.busy', `All sandboxes are busy and ${queueMax} executions wait already.`)

export const sandboxUnavailable = (): AppError =>
  unavailable('executor.unavailable', 'The sandbox process does not start.')

export const moduleUnavailable = (timeoutMs: number): AppError =>
  unavailable(
    'executor.module_unavailable',
    `The program could not be read within ${timeoutMs} ms.`,
  )

export const badArgument = (what: string): AppError =>
  new AppError({ kind: 'invalid', code: 'executor.bad_argument', publicMessage: what })
