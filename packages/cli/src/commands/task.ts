import type { Attempt, ExecutionResult, Task } from '@cadre/contract'
import { resultOf } from '../execution-result.ts'
import { fieldLines } from '../field-lines.ts'
import { showTable } from '../list-display.ts'
import { printableJson, printableLines } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { duration, percent, relativeTime, waitReason } from '../wording.ts'

/** `cadre task ID` */
export const showTask: Action<[id: string]> = async ({ client, terminal }, [id]) => {
  const [task, { items: attempts }, result] = await Promise.all([
    client.tasks.get(id),
    client.tasks.attempts(id),
    resultOf(client, id),
  ])
  if (terminal.isJson) return terminal.document({ task, attempts, result: result ?? null })
  for (const line of fieldLines(aboutTask(task), terminal)) terminal.line(line)
  if (attempts.length > 0) showAttempts(attempts, terminal)
  showOutput(task, result, terminal)
}

const aboutTask = (task: Task): [string, string | null][] => [
  ['Task', task.id],
  ['Title', task.title],
  ['Status', task.waiting ? `${task.status}: ${waitReason(task.waiting)}` : task.status],
  ['Agent', task.agent_name ?? task.agent_id],
  ['Capability', task.capability],
  ['Priority', task.priority],
  ['Progress', progressOf(task)],
  ['Retries', `${task.retry_count} of ${task.max_retries}`],
  ['Cost', task.cost === null ? null : `$${task.cost}`],
  ['Tags', task.tags.join(', ') || null],
  ['Created', `${relativeTime(task.created_at)} (${task.created_at})`],
  ['Finished', task.finished_at && `${relativeTime(task.finished_at)} (${task.finished_at})`],
  ['Last error', task.last_error],
  ['Category', task.last_error_category],
]

const progressOf = ({ status, progress }: Task): string | null => {
  if (status !== 'IN_PROGRESS' || !progress) return null
  return [percent(progress.fraction), progress.message ?? ''].join(' ').trim()
}

const showAttempts = (attempts: readonly Attempt[], terminal: Terminal): void => {
  terminal.line()
  showTable(terminal, attempts, ATTEMPT_COLUMNS)
}

export const ATTEMPT_COLUMNS: Column<Attempt>[] = [
  { title: 'ATTEMPT', value: ({ attempt }) => String(attempt), isRight: true },
  { title: 'OUTCOME', value: ({ outcome, category }) => category ?? outcome },
  { title: 'AGENT', value: ({ agent_name, agent_id }) => agent_name ?? agent_id },
  { title: 'STARTED', value: ({ started_at }) => relativeTime(started_at) },
  {
    title: 'TOOK',
    value: ({ duration_ms: ms }) => (ms === null ? '–' : duration(ms)),
    isRight: true,
  },
  { title: 'ERROR', value: ({ error }) => error ?? '', isFlexible: true },
]

const showOutput = (task: Task, result: ExecutionResult | undefined, terminal: Terminal): void => {
  const parts: [string, string][] = result
    ? [
        ['Output', result.stdout],
        ['Error output', result.stderr],
      ]
    : [['Result', task.result === null ? '' : printableJson(task.result, 2)]]
  for (const [title, text] of parts) {
    if (text === '') continue
    terminal.line()
    terminal.line(terminal.paint('dim', title))
    terminal.line(printableLines(text).trimEnd())
  }
}
