import { AppError, unavailable } from '../errors.ts'
import { ConstraintError } from './db.ts'

/** SQLSTATE classes of PostgreSQL, appendix A of its manual. */
const CONSTRAINT_KINDS: Readonly<Record<string, ConstraintError['kind']>> = {
  '23505': 'unique',
  '23503': 'foreign_key',
  '23514': 'check',
  '23502': 'not_null',
}
const TRANSIENT_STATES = new Set(['40001', '40P01'])
const UNAVAILABLE_STATES = new Set(['57P01', '57P02', '57P03', '53300', '53400'])
const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'ENOENT',
])

interface DriverError {
  code?: unknown
  constraint?: unknown
  column?: unknown
  message?: unknown
}

const asDriverError = (error: unknown): DriverError =>
  typeof error === 'object' && error !== null ? error : {}

/** A serialisation failure or deadlock: the transaction may simply be tried again. */
export const isTransient = (error: unknown): boolean => {
  const { code } = asDriverError(error instanceof AppError ? error.cause : error)
  return typeof code === 'string' && TRANSIENT_STATES.has(code)
}

/** Turns a driver's error into the port's. Anything else is a defect and passes as it is. */
export const translated = (error: unknown): unknown => {
  if (error instanceof AppError || error instanceof ConstraintError) return error
  const { code, constraint, column, message } = asDriverError(error)
  const state = typeof code === 'string' ? code : ''
  const kind = CONSTRAINT_KINDS[state]
  if (kind !== undefined) return new ConstraintError(kind, String(constraint ?? column), error)
  if (isConnectionFault(state, String(message ?? '')))
    return unavailable('db.unavailable', 'The database does not answer. Try again.', error)
  return error
}

const isConnectionFault = (state: string, message: string): boolean =>
  state.startsWith('08') ||
  UNAVAILABLE_STATES.has(state) ||
  UNAVAILABLE_SYSTEM_CODES.has(state) ||
  /connection terminated|timeout exceeded when trying to connect|client has encountered/i.test(
    message,
  )
