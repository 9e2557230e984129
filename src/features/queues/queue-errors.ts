import { AppError } from '#platform/errors.ts'

export const queueShared = () =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action: 'queue.manage_shared',
    publicMessage: 'Other tenants use this queue too: only the platform administers it.',
  })

export const queueNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'queue.not_found',
    publicMessage: 'There is no such queue.',
  })
