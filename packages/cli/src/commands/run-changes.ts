import type { RerunRun } from '@cadre/contract'
import { usageError } from '../failures.ts'
import { printable } from '../printable.ts'
import { readJsonOption } from '../run-input.ts'
import { runState } from '../run-wording.ts'
import type { Action } from '../session.ts'

/** `cadre run pause RUN` */
export const pauseRun: Action<[run: string]> = async ({ client, terminal }, [id]) => {
  const run = await client.runs.pause(id)
  if (terminal.isJson) return terminal.document(run)
  terminal.line(`Run ${run.id} is paused. What began goes on to its end.`)
}

/** `cadre run resume RUN` */
export const resumeRun: Action<[run: string]> = async ({ client, terminal }, [id]) => {
  const run = await client.runs.resume(id)
  if (terminal.isJson) return terminal.document(run)
  terminal.line(`Run ${run.id} goes on.`)
}

interface CancelOptions {
  reason?: string
  /** `--no-compensate` leaves what was done as it is. */
  compensate: boolean
}

/** `cadre run cancel RUN` */
export const cancelRun: Action<[run: string], CancelOptions> = async (
  { client, terminal },
  [id],
  { reason, compensate },
) => {
  const run = await client.runs.cancel(id, { reason, compensate })
  if (terminal.isJson) return terminal.document(run)
  terminal.line(`Run ${run.id} is ${runState(run)}.`)
}

interface RerunOptions {
  from?: string
  context?: string
}

/** `cadre run rerun RUN` */
export const rerunRun: Action<[run: string], RerunOptions> = async (session, [id], options) => {
  const { client, terminal } = session
  const from = placeOf(options.from)
  if (options.context !== undefined && from !== 'start')
    throw usageError('--context goes with a rerun from the start only.')
  const context =
    options.context === undefined
      ? undefined
      : await readJsonOption(session, options.context, '--context')
  const run = await client.runs.rerun(id, { from, context })
  if (terminal.isJson) return terminal.document(run)
  terminal.line(run.id)
}

const placeOf = (from = 'start'): NonNullable<RerunRun['from']> =>
  from === 'start' || from === 'failed' ? from : { step: from }

interface SignalOptions {
  body?: string
  idempotencyKey?: string
}

/** `cadre run signal RUN NAME` */
export const signalRun: Action<[run: string, name: string], SignalOptions> = async (
  session,
  [id, name],
  options,
) => {
  const { client, terminal } = session
  const body =
    options.body === undefined ? undefined : await readJsonOption(session, options.body, '--body')
  const receipt = await client.runs.signal(id, {
    name,
    body,
    idempotency_key: options.idempotencyKey,
  })
  if (terminal.isJson) return terminal.document(receipt)
  if (receipt.is_replay) return terminal.line('The run had that signal already.')
  terminal.line(
    receipt.step_id === null
      ? `No step waits for ${printable(name)} yet: it is kept for the one that will.`
      : `The step that waited for ${printable(name)} is done.`,
  )
}
