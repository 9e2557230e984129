import { AppError, unavailable } from '../errors.ts'

/** Answers that say that the server cannot serve now, rather than that the command is wrong. */
const PASSING =
  /^(?:LOADING|READONLY|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS)\b/

/** Everything but a command that Redis understood and refused is an outage, and may pass. */
export const redisFault = (error: unknown): unknown => {
  if (error instanceof AppError) return error
  const isRefusal = error instanceof Error && error.name === 'ReplyError'
  if (isRefusal && !PASSING.test(error.message)) return error
  return unavailable('redis.unavailable', 'Redis does not answer.', error)
}
