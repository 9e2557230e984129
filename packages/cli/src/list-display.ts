import { formatTable, type Column } from './table.ts'
import type { Terminal } from './terminal.ts'
import { count } from './wording.ts'

/** Rows under their titles, as wide as the terminal. */
export const showTable = <Row>(
  terminal: Terminal,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void => {
  const table = formatTable(rows, columns, {
    width: terminal.columns,
    paintTitle: (title) => terminal.paint('dim', title),
  })
  for (const line of table) terminal.line(line)
}

/** Says so where there are more than were shown. */
export const tellRest = (
  terminal: Terminal,
  found: { items: readonly unknown[]; next_cursor: string | null },
  noun: string,
): void => {
  if (found.next_cursor !== null)
    terminal.note(`${count(found.items.length, noun)} shown; there are more (--limit).`)
}
