import type { CadreEvent, Task } from '@cadre/contract'
import { printable } from './printable.ts'
import { statusLine } from './status-line.ts'
import type { Terminal } from './terminal.ts'
import { percent, relativeTime, waitReason } from './wording.ts'

/** Shows a person how a task comes on: one moving line on a terminal, plain lines elsewhere. */
export interface TaskDisplay {
  created(task: Task): void
  event(event: CadreEvent): void
  /** Something to remember, which stays on the screen. */
  note(text: string): void
  /** Clears the moving line, so that output can follow. */
  close(): void
}

export const createTaskDisplay = (terminal: Terminal): TaskDisplay => {
  const line = statusLine(terminal)
  return {
    created: (task) => line.show(openingOf(task)),
    event: (event) => {
      const { text, stays } = wordsOf(event)
      if (text === undefined) return
      if (stays) line.keep(text)
      else line.show(text)
    },
    note: (text) => line.keep(text),
    close: () => line.close(),
  }
}

export const silentDisplay: TaskDisplay = {
  created: () => {},
  event: () => {},
  note: () => {},
  close: () => {},
}

const openingOf = (task: Task): string => {
  const name = printable(task.agent_name ?? task.capability ?? 'an agent')
  const why =
    task.waiting && task.waiting.reason !== 'queued' ? `: ${waitReason(task.waiting)}` : ''
  return `Task ${task.id} waits for ${name}${why}`
}

/** Words for each change; none for those that say nothing new. */
const wordsOf = ({ type, data }: CadreEvent): { text?: string; stays?: boolean } => {
  const agent = printable(data.agent_name ?? 'The agent')
  const attempt = data.attempt !== undefined && data.attempt > 1 ? ` (attempt ${data.attempt})` : ''
  if (type === 'task.claimed') return { text: `${agent} is at work${attempt}` }
  if (type === 'task.progressed') return { text: progressOf(agent, data) }
  if (type === 'task.retried') {
    const when = data.run_at === undefined ? '' : `; next try ${relativeTime(data.run_at)}`
    return {
      text: `${agent} failed: ${printable(data.error ?? 'no reason given')}${when}`,
      stays: true,
    }
  }
  return {}
}

const progressOf = (agent: string, { fraction, message }: CadreEvent['data']): string => {
  const share = fraction === null || fraction === undefined ? '' : ` ${percent(fraction)}`
  return `${agent}:${share}${message ? ` ${printable(message)}` : ''}`
}
