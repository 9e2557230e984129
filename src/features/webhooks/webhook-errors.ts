import { AppError } from '#platform/errors.ts'

export const webhookNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'webhook.not_found',
    publicMessage: 'There is no such webhook.',
  })

export const webhookDisabled = () =>
  new AppError({
    kind: 'conflict',
    code: 'webhook.disabled',
    publicMessage: 'The webhook is disabled.',
  })

export const webhookNameTaken = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'webhook.name_taken',
    publicMessage: `There is a webhook called ${name} already.`,
    details: [{ field: 'name', message: 'is taken' }],
  })

export const signatureRefused = (reason: string) =>
  new AppError({
    kind: 'unauthenticated',
    code: 'webhook.signature_refused',
    publicMessage: reason,
  })
