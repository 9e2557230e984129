import type { CadreEvent, Task } from '@cadre/contract'
import { printable } from './printable.ts'
import { statusLine } from './status-line.ts'
import type { Terminal } from './terminal.ts'
import { percent, relativeTime, waitReason } from './wording.ts'

/** Shows a person how a task comes on: one moving line on a terminal, plain lines elsewhere. */
export interface TaskDisplay {
  /** How the task stands now. */
  task(task: Task): void
  event(event: CadreEvent): void
  /** Something to remember, which stays on the screen. */
  note(text: string): void
  /** Clears the moving line, so that output can follow. */
  close(): void
}

export const createTaskDisplay = (terminal: Terminal, created: Task): TaskDisplay => {
  const line = statusLine(terminal)
  const agent = printable(created.agent_name ?? created.capability ?? 'an agent')
  line.show(openingOf(created, agent))
  return {
    task: (task) => {
      if (task.status === 'IN_PROGRESS') line.show(atWork(agent, task.attempt))
    },
    event: (event) => {
      const { text, stays } = wordsOf(event, agent)
      if (text === undefined) return
      if (stays) line.keep(text)
      else line.show(text)
    },
    note: (text) => line.keep(text),
    close: () => line.close(),
  }
}

export const silentDisplay: TaskDisplay = {
  task: () => {},
  event: () => {},
  note: () => {},
  close: () => {},
}

const openingOf = ({ id, waiting }: Task, agent: string): string => {
  const why = waiting && waiting.reason !== 'queued' ? `: ${waitReason(waiting)}` : ''
  return `Task ${id} waits for ${agent}${why}`
}

const atWork = (agent: string, attempt = 1): string =>
  `${agent} is at work${attempt > 1 ? ` (attempt ${attempt})` : ''}`

/** Words for each change; none for those that say nothing new. */
const wordsOf = ({ type, data }: CadreEvent, agent: string): { text?: string; stays?: boolean } => {
  if (type === 'task.claimed') return { text: atWork(agent, data.attempt) }
  if (type === 'task.progressed') return { text: progressOf(agent, data) }
  if (type === 'task.retried') {
    const when = data.run_at === undefined ? '' : `; next try ${relativeTime(data.run_at)}`
    const reason = printable(data.error ?? 'no reason given').replace(/\.$/, '')
    return { text: `${agent} failed: ${reason}${when}`, stays: true }
  }
  return {}
}

const progressOf = (agent: string, { fraction, message }: CadreEvent['data']): string => {
  const share = typeof fraction === 'number' ? ` ${percent(fraction)}` : ''
  return `${agent}:${share}${message ? ` ${printable(message)}` : ''}`
}
