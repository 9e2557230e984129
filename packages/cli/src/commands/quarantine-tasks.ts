import { fieldLines } from '../field-lines.ts'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printableJson } from '../printable.ts'
import { conditionsOf, type ConditionOptions } from '../quarantine-choice.ts'
import { showQuarantinedTable } from '../quarantine-table.ts'
import type { Action } from '../session.ts'
import { relativeTime } from '../wording.ts'
import { ATTEMPT_COLUMNS } from './task.ts'

/** `cadre quarantine list` */
export const listQuarantined: Action<[], ConditionOptions & { limit: number }> = async (
  { client, terminal },
  _args,
  options,
) => {
  const found = await collectPages(options.limit, (page) =>
    client.quarantine.list({ ...page, ...conditionsOf(options) }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('No task in quarantine matches.')
  showQuarantinedTable(terminal, found.items)
  tellRest(terminal, found, 'task')
}

/** `cadre quarantine show TASK` */
export const showQuarantined: Action<[id: string]> = async ({ client, terminal }, [id]) => {
  const task = await client.quarantine.get(id)
  if (terminal.isJson) return terminal.document(task)
  const fields: [string, string | null][] = [
    ['Task', task.id],
    ['Title', task.title],
    ['Agent', task.agent_name ?? task.agent_id],
    ['Capability', task.capability],
    ['In quarantine', `${relativeTime(task.quarantined_at)} (${task.quarantined_at})`],
    ['Group', task.fingerprint],
    ['Category', task.last_error_category],
    ['Error', task.last_error],
    ['Retries', `${task.retry_count} of ${task.max_retries}`],
  ]
  for (const line of fieldLines(fields, terminal)) terminal.line(line)
  terminal.line()
  showTable(terminal, task.attempts, ATTEMPT_COLUMNS)
  terminal.line()
  terminal.line(terminal.paint('dim', 'Input'))
  terminal.line(printableJson(task.input, 2))
}
