import type { FailureCategory } from '@cadre/contract'

/** The longest message that Cadre keeps, in UTF-16 units. */
const ERROR_MESSAGE_LENGTH_MAX = 10_000

/** Throw it when the same input may succeed later. Every unknown error counts as this one. */
export class RetriableError extends Error {
  override readonly name: string = 'RetriableError'
}

/** Throw it when trying again cannot help: the task goes straight to quarantine. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
}

/** Throw it when a provider asks for a pause: the task is due again after that. */
export class RateLimitedError extends Error {
  override readonly name: string = 'RateLimitedError'
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number, message = 'Rate limited', options?: ErrorOptions) {
    super(message, options)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Throw it when the money or tokens granted for this work are spent. */
export class BudgetExceededError extends Error {
  override readonly name: string = 'BudgetExceededError'
}

/** What Cadre is told about a failed attempt. */
export interface Failure {
  error_message: string
  category: FailureCategory
  retry_after_seconds?: number
}

/** Any thrown value as a report that Cadre accepts. */
export const failureOf = (thrown: unknown): Failure => {
  const failure: Failure = { error_message: messageOf(thrown), category: categoryOf(thrown) }
  if (thrown instanceof RateLimitedError) {
    failure.retry_after_seconds = Math.min(Math.max(thrown.retryAfterSeconds, 0), 86_400)
  }
  return failure
}

const categoryOf = (thrown: unknown): FailureCategory => {
  if (thrown instanceof PermanentError) return 'permanent'
  if (thrown instanceof RateLimitedError) return 'rate_limited'
  if (thrown instanceof BudgetExceededError) return 'budget_exceeded'
  return 'retriable'
}

const messageOf = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message || thrown.name : printed(thrown)
  const storable = text.replaceAll('\u0000', '').slice(0, ERROR_MESSAGE_LENGTH_MAX).toWellFormed()
  return storable || 'The handler failed without a message'
}

/** A thrown object may have no way to become text. */
const printed = (thrown: unknown): string => {
  try {
    return String(thrown)
  } catch {
    return 'The handler threw a value that cannot be printed'
  }
}
