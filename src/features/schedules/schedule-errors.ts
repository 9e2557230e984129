import { AppError } from '#platform/errors.ts'

export const scheduleNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'schedule.not_found',
    publicMessage: 'There is no such schedule.',
  })

export const nameTaken = () =>
  new AppError({
    kind: 'conflict',
    code: 'schedule.name_taken',
    publicMessage: 'There is a schedule of this name already.',
    details: [{ field: 'name', message: 'is taken' }],
  })

export const alreadyOver = () =>
  new AppError({
    kind: 'conflict',
    code: 'schedule.over',
    publicMessage: 'The schedule has no run left. Give it another time first.',
  })
