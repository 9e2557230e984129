import type { Schedule } from '@cadre/contract'
import { nextRunWords, runWords, timingWords } from '../schedule-wording.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import { formatTable, type Column } from '../table.ts'
import { count, relativeTime } from '../wording.ts'

/** `cadre schedules` */
export const listSchedules: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.schedules.list)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('There is no schedule yet.')
  const table = formatTable(found.items, COLUMNS, {
    width: terminal.columns,
    paintTitle: (title) => terminal.paint('dim', title),
  })
  for (const line of table) terminal.line(line)
  if (found.next_cursor !== null)
    terminal.note(`${count(found.items.length, 'schedule')} shown; there are more (--limit).`)
}

const COLUMNS: Column<Schedule>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'WHEN', value: timingWords },
  { title: 'NEXT', value: nextRunWords },
  {
    title: 'LAST',
    value: ({ last_run: run }) => (run === null ? '–' : relativeTime(run.fired_at)),
  },
  { title: 'OUTCOME', value: ({ last_run: run }) => (run === null ? '–' : runWords(run)) },
  {
    title: 'RUNS',
    value: ({ task, workflow }) => workflow ?? task?.agent_id ?? task?.capability ?? '–',
    isFlexible: true,
  },
]
