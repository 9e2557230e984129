import { CadreError } from '@cadre/contract/client'
import type { ErrorDetail } from '@cadre/contract'
import type { Connection } from './connection.ts'

export const EXIT_FAILED = 1
export const EXIT_USAGE = 2
export const EXIT_INTERRUPTED = 130

/** A failure with a sentence for people, and how to mend it. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: string
  readonly exitCode: number
  readonly details: readonly ErrorDetail[]

  constructor(
    code: string,
    message: string,
    { exitCode = EXIT_FAILED, details = [], cause }: CommandErrorOptions = {},
  ) {
    super(message, { cause })
    this.code = code
    this.exitCode = exitCode
    this.details = details
  }
}

interface CommandErrorOptions {
  exitCode?: number
  details?: readonly ErrorDetail[]
  cause?: unknown
}

export const usageError = (message: string) =>
  new CommandError('cli.usage', message, { exitCode: EXIT_USAGE })

/** Whatever a command threw, in words that fit what the user typed and where Cadre was sought. */
export const explain = (error: unknown, connection: Connection): CommandError => {
  if (error instanceof CommandError) return error
  if (error instanceof CadreError) return explainRefusal(error, connection)
  if (error instanceof SyntaxError) {
    return new CommandError(
      'cli.not_cadre',
      `What answers at ${connection.url} is not Cadre. Name the right address with --url.`,
      { cause: error },
    )
  }
  return new CommandError('cli.fault', error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}

const explainRefusal = (error: CadreError, connection: Connection): CommandError => {
  const { code, details } = error
  if (error.status === 401) return new CommandError(code, keyMessage(connection), { details })
  if (error.code === 'http.unexpected_answer') {
    return new CommandError(
      code,
      `What answers at ${connection.url} is not Cadre: ${error.message}`,
    )
  }
  return new CommandError(code, error.message, { details, cause: error })
}

const keyMessage = ({ url, keySource }: Connection): string =>
  keySource === undefined
    ? `Cadre at ${url} wants a key. Give it with --key or CADRE_KEY, or run this command where Cadre was started.`
    : `Cadre at ${url} does not accept the key from ${keySource}. Give another one with --key or CADRE_KEY.`

/** Why no answer came, from the error that `fetch` threw. */
export const unreachable = (url: string, error: unknown): CommandError => {
  const why = reasonOf(error)
  const mend = 'Start it with `npm start`, or name another address with --url.'
  return new CommandError('cli.unreachable', `Cadre does not answer at ${url}${why}. ${mend}`, {
    cause: error,
  })
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  if (error.name === 'TimeoutError') return ' in time'
  const cause = error.cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ECONNREFUSED') return ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ' (there is no such host)'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return ' (the connection was cut)'
  const detail = cause instanceof Error ? cause.message : error.message
  return detail ? ` (${detail})` : ''
}
