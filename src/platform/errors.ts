import type { ErrorDetail } from '@cadre/contract'

/** What kind of refusal or fault an error is; every outer protocol maps it once. */
export type ErrorKind =
  | 'malformed'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'headers_too_large'
  | 'unsupported_media'
  | 'limited'
  | 'unavailable'
  | 'internal'

export interface AppErrorOptions {
  kind: ErrorKind
  /** Stable name such as `task.not_found`. */
  code: string
  /** Shown to the caller: a sentence that helps, without secrets. */
  publicMessage: string
  /** Logged only. Defaults to the public message. */
  message?: string
  details?: ErrorDetail[]
  retryAfterSeconds?: number
  /** What was not permitted, such as `run.decide`; for the audit log. */
  action?: string
  cause?: unknown
}

/** The one error type that crosses rooms. Built by one function per case in each feature. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly kind: ErrorKind
  readonly code: string
  readonly publicMessage: string
  readonly details: readonly ErrorDetail[]
  readonly retryAfterSeconds: number | null
  readonly action: string | null

  constructor(options: AppErrorOptions) {
    super(options.message ?? options.publicMessage, { cause: options.cause })
    this.kind = options.kind
    this.code = options.code
    this.publicMessage = options.publicMessage
    this.details = options.details ?? []
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.action = options.action ?? null
  }

  /** True when the same call may succeed later without being changed. */
  get isRetryable(): boolean {
    return this.kind === 'unavailable' || this.kind === 'limited'
  }
}

export const isAppError = (error: unknown, code?: string): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)

/** Well-formed input that breaks a rule; names the field. */
export const invalidField = (field: string, message: string): AppError =>
  new AppError({
    kind: 'invalid',
    code: 'request.invalid',
    publicMessage: `${field}: ${message}`,
    details: [{ field, message }],
  })

export const unavailable = (code: string, publicMessage: string, cause?: unknown): AppError =>
  new AppError({ kind: 'unavailable', code, publicMessage, retryAfterSeconds: 1, cause })

/** A broken invariant is our own fault: it stops the operation and is answered with 500. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${invariant}`)
}
