import { AppError } from '#platform/errors.ts'

export const queueNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'queue.not_found',
    publicMessage: 'There is no such queue.',
  })
