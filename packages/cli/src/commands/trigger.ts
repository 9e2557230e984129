import type { RunDetail, TriggeredRun } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { CommandError, EXIT_INTERRUPTED } from '../failures.ts'
import { onInterrupt } from '../interrupts.ts'
import { printable } from '../printable.ts'
import { followRun } from '../run-following.ts'
import { eventWords, money, runDuration } from '../run-wording.ts'
import type { Action, Session } from '../session.ts'
import { readContext, type ContextOptions } from '../trigger-context.ts'
import { unknownWorkflow } from '../workflow-reference.ts'

interface TriggerOptions extends ContextOptions {
  idempotencyKey?: string
  wait?: boolean
  follow?: boolean
}

/** `cadre trigger WORKFLOW`: exit code by the end of the run where it is waited for. */
export const triggerWorkflow: Action<[workflow: string], TriggerOptions> = async (
  session,
  [workflow],
  options,
) => {
  const { client, terminal } = session
  const { context, note } = await readContext(session, options)
  if (note !== undefined) terminal.note(printable(note))
  const body = { context, idempotency_key: options.idempotencyKey }
  const triggered = await client.runs
    .trigger(workflow, body)
    .catch(async (error: unknown) => Promise.reject(await explained(session, workflow, error)))
  if (!options.wait && !options.follow) return printStarted(session, triggered)
  const { id } = triggered.run
  if (options.follow)
    terminal.note(`Run ${id} of ${printable(workflow)}. Ctrl-C leaves it to go on.`)
  return followToEnd(session, id, options.follow === true)
}

/** `cadre run follow RUN` */
export const followOne: Action<[run: string]> = async (session, [id]) => {
  await session.client.runs.get(id)
  return followToEnd(session, id, true)
}

const followToEnd = async (
  session: Session,
  id: string,
  showsSteps: boolean,
): Promise<number | void> => {
  const { terminal } = session
  const leave = new AbortController()
  const stopListening = onInterrupt(session.signals, () => leave.abort())
  try {
    const ended = await followRun(session, id, {
      signal: leave.signal,
      onEvent: (event) => {
        const words = showsSteps ? eventWords(event, id) : undefined
        if (words === undefined) return
        const time = new Date(event.at).toTimeString().slice(0, 8)
        terminal.note(`${terminal.paintNote('dim', time)}  ${words}`)
      },
      onDisconnect: () => terminal.note('The connection is lost; trying again …'),
    })
    if (ended !== undefined) return await printEnd(session, ended)
    terminal.note(`Run ${id} goes on; see \`cadre run show ${id}\`.`)
    return EXIT_INTERRUPTED
  } finally {
    stopListening()
  }
}

const printStarted = ({ terminal }: Session, triggered: TriggeredRun): void => {
  if (terminal.isJson) return terminal.document(triggered)
  if (triggered.is_replay) terminal.note('The idempotency key was known: this is its run.')
  terminal.line(triggered.run.id)
}

const printEnd = async ({ terminal }: Session, run: RunDetail): Promise<void> => {
  if (terminal.isJson) terminal.document(run)
  if (run.status !== 'COMPLETED') throw endedBadly(run)
  if (terminal.isJson) return
  printOutput(terminal, run.output)
  const cost = money(run.cost)
  const line = `Completed in ${runDuration(run)}${cost === '' ? '' : `, ${cost}`}.`
  terminal.note(terminal.paintNote('dim', line))
}

/** A text is shown as the text it is. */
const printOutput = (terminal: Session['terminal'], output: RunDetail['output']): void => {
  if (typeof output === 'string') terminal.raw(output.endsWith('\n') ? output : `${output}\n`)
  else if (output !== null) terminal.document(output)
}

const endedBadly = (run: RunDetail): CommandError => {
  const { id, status, failed_step: step, error } = run
  const end = status === 'CANCELLED' ? 'was cancelled' : 'failed'
  const at = step === null ? '' : ` at step ${step}`
  const undone = status === 'COMPENSATED' ? ', and what it had done is undone' : ''
  const why = error === null ? '' : `: ${error.replace(/\.$/, '')}`
  return new CommandError(
    `run.${status.toLowerCase()}`,
    `Run ${id} ${end}${at}${undone}${why}. See its steps with \`cadre run show ${id}\`.`,
  )
}

const explained = async (
  { client }: Session,
  workflow: string,
  error: unknown,
): Promise<unknown> => {
  if (!(error instanceof CadreError)) return error
  if (error.code === 'workflow.not_found') return unknownWorkflow(client, workflow)
  if (error.status !== 413) return error
  return new CommandError(
    error.code,
    `${error.message} The server's limit is CADRE_BODY_BYTES_MAX; raise it there, or hand in less.`,
    { cause: error },
  )
}
