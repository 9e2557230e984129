import type { Schedule } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { nextRunWords, runWords, timingWords } from '../schedule-wording.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre schedules` */
export const listSchedules: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.schedules.list)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('There is no schedule yet.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'schedule')
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
