import type { QuarantinedTask } from '@cadre/contract'
import { showTable } from './list-display.ts'
import type { Column } from './table.ts'
import type { Terminal } from './terminal.ts'
import { relativeTime } from './wording.ts'

/** Tasks in quarantine; nothing for none. */
export const showQuarantinedTable = (
  terminal: Terminal,
  tasks: readonly QuarantinedTask[],
): void => {
  if (tasks.length > 0) showTable(terminal, tasks, COLUMNS)
}

const COLUMNS: Column<QuarantinedTask>[] = [
  { title: 'ID', value: (task) => task.id },
  { title: 'AGENT', value: (task) => task.agent_name ?? task.capability ?? '–' },
  { title: 'CATEGORY', value: (task) => task.last_error_category ?? '–' },
  { title: 'GROUP', value: (task) => task.fingerprint },
  { title: 'SINCE', value: (task) => relativeTime(task.quarantined_at) },
  { title: 'ERROR', value: (task) => task.last_error ?? '', isFlexible: true },
]
