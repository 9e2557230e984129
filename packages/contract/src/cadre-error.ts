import type { ErrorDetail } from './errors.ts'

/** A refusal or fault that Cadre answered with; `code` is stable, `message` is for people. */
export class CadreError extends Error {
  override readonly name = 'CadreError'
  readonly status: number
  readonly code: string
  readonly details: readonly ErrorDetail[]
  readonly requestId: string | null
  /** How long the server asks to wait; null where it does not say. */
  readonly retryAfterSeconds: number | null

  constructor(
    status: number,
    error: { code: string; message: string; details?: ErrorDetail[]; request_id?: string },
    retryAfterSeconds: number | null = null,
  ) {
    super(error.message)
    this.retryAfterSeconds = retryAfterSeconds
    this.status = status
    this.code = error.code
    this.details = error.details ?? []
    this.requestId = error.request_id ?? null
  }
}
