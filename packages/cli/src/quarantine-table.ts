import type { QuarantinedTask } from '@cadre/contract'
import { formatTable, type Column } from './table.ts'
import type { Terminal } from './terminal.ts'
import { relativeTime } from './wording.ts'

/** Lines of tasks in quarantine; none for none. */
export const quarantinedTable = (tasks: readonly QuarantinedTask[], terminal: Terminal): string[] =>
  tasks.length === 0 ? [] : tableLines(tasks, COLUMNS, terminal)

/** A table with dimmed titles, as wide as the terminal. */
export const tableLines = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Terminal,
): string[] =>
  formatTable(rows, columns, {
    width: terminal.columns,
    paintTitle: (title) => terminal.paint('dim', title),
  })

const COLUMNS: Column<QuarantinedTask>[] = [
  { title: 'ID', value: (task) => task.id },
  { title: 'AGENT', value: (task) => task.agent_name ?? task.capability ?? '–' },
  { title: 'CATEGORY', value: (task) => task.last_error_category ?? '–' },
  { title: 'GROUP', value: (task) => task.fingerprint },
  { title: 'SINCE', value: (task) => relativeTime(task.quarantined_at) },
  { title: 'ERROR', value: (task) => task.last_error ?? '', isFlexible: true },
]
