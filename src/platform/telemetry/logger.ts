import pino from 'pino'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Ids and figures that say which request, tenant and task a line is about. Never payloads. */
export type LogFields = Readonly<Record<string, unknown>>

/** Structured log: a stable event name such as `task.claimed`, plus fields. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  with(fields: LogFields): Logger
}

/** Fields that may hold a secret are never written, whoever passes them. */
const SECRET_FIELDS = ['key', 'token', 'password', 'secret', 'authorization', 'cookie']

export interface LoggerOptions {
  level: LogLevel
  /** Where lines go; standard error by default, so that standard output stays for people. */
  destination?: pino.DestinationStream
}

/** One JSON object per line. Strings are JSON-escaped, so no input can forge a line. */
export const createLogger = (options: LoggerOptions): Logger =>
  wrap(
    pino(
      {
        level: options.level,
        base: null,
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: {
          paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
          censor: '[redacted]',
        },
        serializers: { error: (error: unknown) => errorFields(error) },
      },
      options.destination ?? pino.destination({ dest: 2, sync: false }),
    ),
  )

const CAUSES_MAX = 5

/** What an error says of itself. Libraries hang whole connections on theirs, secrets and all. */
const errorFields = (error: unknown, causes = 0): unknown => {
  if (!(error instanceof Error)) return error
  const { message, stack, cause } = error
  return {
    type: error.constructor.name,
    message,
    ...('code' in error && { code: error.code }),
    stack,
    ...(cause !== undefined && causes < CAUSES_MAX && { cause: errorFields(cause, causes + 1) }),
    ...(error instanceof AggregateError && {
      errors: error.errors.slice(0, CAUSES_MAX).map((one) => errorFields(one, CAUSES_MAX)),
    }),
  }
}

const wrap = (logger: pino.Logger): Logger => ({
  debug: (event, fields = {}) => logger.debug(fields, event),
  info: (event, fields = {}) => logger.info(fields, event),
  warn: (event, fields = {}) => logger.warn(fields, event),
  error: (event, fields = {}) => logger.error(fields, event),
  with: (fields) => wrap(logger.child(fields)),
})

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
}
