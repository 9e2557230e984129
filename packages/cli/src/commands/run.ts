import type { ExecutionResult, Task, TaskPriority } from '@cadre/contract'
import { isAgentMissing, unknownAgent } from '../agent-reference.ts'
import { openClient } from '../connection.ts'
import { resultOf } from '../execution-result.ts'
import { CommandError, EXIT_INTERRUPTED } from '../failures.ts'
import { onInterrupt } from '../interrupts.ts'
import { printable } from '../printable.ts'
import { readInput, type InputOptions } from '../run-input.ts'
import type { Action, Session } from '../session.ts'
import { createTaskDisplay, silentDisplay, type TaskDisplay } from '../task-display.ts'
import { waitForEnd } from '../task-ending.ts'
import { duration } from '../wording.ts'

interface RunOptions extends InputOptions {
  priority?: TaskPriority
  title?: string
  tag?: string[]
  maxRetries?: number
  timeout?: number
  direct?: boolean
  detach?: boolean
  quiet?: boolean
}

const DIRECT_TIMEOUT_MS = 6 * 60_000

/** `cadre run AGENT`: exit code 0 on success, 1 on failure, 130 when interrupted. */
export const runAgent: Action<[agent: string], RunOptions> = async (session, [agent], options) => {
  const input = await readInput(session, options)
  try {
    return await (options.direct
      ? runDirectly(session, agent, input, options)
      : runQueued(session, agent, input, options))
  } catch (error) {
    throw isAgentMissing(error) ? await unknownAgent(session.client, agent) : error
  }
}

type Input = Awaited<ReturnType<typeof readInput>>

const runQueued = async (session: Session, agent: string, input: Input, options: RunOptions) => {
  const task = await session.client.tasks.create({
    agent_id: agent,
    input,
    priority: options.priority,
    title: options.title,
    tags: options.tag,
    max_retries: options.maxRetries,
    timeouts: options.timeout === undefined ? undefined : { execution_seconds: options.timeout },
  })
  if (options.detach) return printDetached(session, task)
  const isSilent = options.quiet === true || session.terminal.isJson
  const display = isSilent ? silentDisplay : createTaskDisplay(session.terminal, task)
  const { ended, isInterrupted } = await follow(session, task, display)
  if (ended) await printEnd(session, ended, { isQuiet: isSilent })
  if (isInterrupted) {
    if (!isSilent) session.terminal.note(farewell(task, ended))
    return EXIT_INTERRUPTED
  }
  if (ended?.status !== 'DONE') throw failureOf(ended ?? task)
}

const printDetached = ({ terminal }: Session, task: Task): void => {
  if (terminal.isJson) terminal.document(task)
  else terminal.line(task.id)
}

/** Waits for the end. The first Ctrl-C cancels the task, the second stops waiting for it. */
const follow = async (session: Session, task: Task, display: TaskDisplay) => {
  const leave = new AbortController()
  let isInterrupted = false
  const cancel = async () => {
    display.note('Cancelling. Press Ctrl-C again to leave without waiting.')
    // The task may have ended meanwhile, which the stream tells; anything else ends the waiting.
    await session.client.tasks
      .cancel(task.id, 'Interrupted at the command line')
      .catch(async () => {
        const now = await session.client.tasks.get(task.id).catch(() => undefined)
        if (now === undefined) leave.abort()
      })
  }
  const stopListening = onInterrupt(session.signals, (press) => {
    isInterrupted = true
    if (press === 1) void cancel()
    else leave.abort()
  })
  try {
    const ended = await waitForEnd(session, task.id, {
      signal: leave.signal,
      onEvent: display.event,
      onTask: display.task,
      onDisconnect: () => display.note('The connection is lost; trying again …'),
    })
    return { ended, isInterrupted }
  } finally {
    stopListening()
    display.close()
  }
}

const farewell = (task: Task, ended: Task | undefined): string => {
  if (ended === undefined) return `Task ${task.id} was left; see \`cadre task ${task.id}\`.`
  return ended.status === 'CANCELLED' ? 'Cancelled.' : `It had already ended: ${ended.status}.`
}

const printEnd = async (
  { client, terminal }: Session,
  task: Task,
  { isQuiet }: { isQuiet: boolean },
): Promise<void> => {
  const result = await resultOf(client, task.id)
  if (terminal.isJson) return terminal.document({ task, result: result ?? null })
  if (result) printProgramOutput(terminal, result)
  else if (task.result !== null) printResult(terminal, task.result)
  if (!isQuiet && task.status === 'DONE') terminal.note(terminal.paintNote('dim', doneLine(task)))
}

const printProgramOutput = (terminal: Session['terminal'], result: ExecutionResult): void => {
  terminal.raw(result.stdout)
  terminal.raw(result.stderr, 'stderr')
}

/** A remote agent answers JSON; plain text is shown as the text it is. */
const printResult = (terminal: Session['terminal'], result: Task['result']): void => {
  if (typeof result === 'string') terminal.raw(`${result}\n`)
  else terminal.document(result)
}

const doneLine = (task: Task): string => {
  const start = Date.parse(task.started_at ?? task.created_at)
  const took =
    task.finished_at === null ? '' : ` in ${duration(Date.parse(task.finished_at) - start)}`
  const cost = task.cost !== null && Number(task.cost) > 0 ? `, $${task.cost}` : ''
  return `Done${took}${cost}.`
}

const failureOf = (task: Task): CommandError => {
  const agent = printable(task.agent_name ?? 'The agent')
  const reason = (task.last_error ?? 'no reason was given').replace(/\.$/, '')
  return task.status === 'CANCELLED'
    ? new CommandError('task.cancelled', `Task ${task.id} was cancelled.`)
    : new CommandError(
        'task.quarantined',
        `${agent} failed: ${reason} (attempt ${task.attempt}). See all attempts with \`cadre task ${task.id}\`.`,
      )
}

const runDirectly = async (session: Session, agent: string, input: Input, options: RunOptions) => {
  const client = openClient(session.connection, { timeoutMs: DIRECT_TIMEOUT_MS })
  const result = await client.tasks.execute({
    agent_id: agent,
    input,
    timeout_seconds: options.timeout,
  })
  if (session.terminal.isJson) session.terminal.document(result)
  else printProgramOutput(session.terminal, result)
  if (result.error === null && result.exit_code === 0) return
  const reason = result.error ?? `exit code ${result.exit_code}`
  throw new CommandError('task.failed', `${agent} failed: ${reason}.`)
}
