import type { ErrorBody } from '@cadre/contract'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { DenialLog } from '#features/audit/index.ts'
import { AppError, type ErrorKind } from '#platform/errors.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { AppEnv } from '#platform/web/context.ts'
import { isProvingRoute } from './open-routes.ts'
import { signInFailurePage } from './sign-in-failure.ts'

const STATUS: Readonly<Record<ErrorKind, ContentfulStatusCode>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  limited: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
}

export interface ErrorAnswerOptions {
  logger: Logger
  denials: DenialLog
}

/** Answers every error in the one shape; logs our own faults once, and records refusals. */
export const answerError =
  ({ logger, denials }: ErrorAnswerOptions) =>
  async (error: Error, context: Context<AppEnv>) => {
    const known = appErrorOf(error)
    if (isDenial(known, context))
      await denials.denied({
        action: known.action ?? known.code,
        path: loggable(context.req.path),
        reason: known.publicMessage,
      })
    const status = STATUS[known.kind]
    if (status >= 500)
      logger.error('http.request_failed', {
        requestId: context.get('requestId'),
        method: context.req.method,
        route: loggable(context.req.path).slice(0, 200),
        error,
      })
    const page = signInFailurePage(known, context)
    if (page !== null) return context.redirect(page, 303)
    if (known.retryAfterSeconds !== null)
      context.header('retry-after', String(Math.ceil(known.retryAfterSeconds)))
    if (known.kind === 'unauthenticated') context.header('www-authenticate', 'Bearer realm="cadre"')
    const body: ErrorBody = {
      error: {
        code: known.code,
        message: known.publicMessage,
        ...(known.details.length > 0 ? { details: [...known.details] } : {}),
        request_id: context.get('requestId'),
      },
    }
    return context.json(body, status)
  }

/** Wrong keys count where somebody signs in; elsewhere they are as common as typing errors. */
const isDenial = (error: AppError, { req }: Context<AppEnv>): boolean =>
  error.kind === 'forbidden' ||
  (error.kind === 'unauthenticated' && isProvingRoute(req.method, req.path))

/** The token in a webhook's address is a secret. */
const loggable = (path: string): string => path.replace(/\/hooks\/.*/, '/hooks/…')

export const routeNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'route.not_found',
    publicMessage: 'There is no such route. See /reference for those there are.',
  })

const appErrorOf = (error: Error): AppError => {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException && error.status === 415)
    return appErrorOfKind('unsupported_media', 'request.unsupported_media', error)
  if (error instanceof HTTPException && error.status < 500)
    return appErrorOfKind('malformed', 'request.malformed', error)
  return new AppError({
    kind: 'internal',
    code: 'server.internal',
    publicMessage: 'Something went wrong on our side. The request id leads to the log line.',
    cause: error,
  })
}

const appErrorOfKind = (kind: ErrorKind, code: string, cause: Error) =>
  new AppError({ kind, code, publicMessage: cause.message || 'The request is malformed.', cause })
