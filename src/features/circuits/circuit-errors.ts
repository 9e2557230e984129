import { AppError } from '#platform/errors.ts'

export const circuitNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'circuit.not_found',
    publicMessage: 'There is no such circuit.',
  })

export const circuitShared = () =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action: 'circuit.reset',
    publicMessage: 'Circuits concern every tenant: only the platform resets them.',
  })
