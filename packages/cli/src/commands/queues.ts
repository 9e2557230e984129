import type { Queue } from '@cadre/contract'
import { showTable } from '../list-display.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { queueLimits, relativeTime } from '../wording.ts'

/** `cadre queues` */
export const listQueues: Action = async ({ client, terminal }) => {
  const { items } = await client.queues.list()
  if (terminal.isJson) return terminal.document({ items })
  showTable(terminal, items, COLUMNS)
}

const COLUMNS: Column<Queue>[] = [
  { title: 'QUEUE', value: ({ title }) => title },
  { title: 'STATE', value: ({ is_paused }) => (is_paused ? 'paused' : 'open') },
  { title: 'WAITING', value: ({ waiting }) => String(waiting), isRight: true },
  { title: 'ADMITTED', value: ({ admitted }) => String(admitted), isRight: true },
  { title: 'IN PROGRESS', value: ({ in_progress }) => String(in_progress), isRight: true },
  { title: 'STARTS/MIN', value: ({ starts }) => String(starts.last_minute), isRight: true },
  {
    title: 'OLDEST DUE',
    value: ({ oldest_due_at }) => (oldest_due_at === null ? '–' : relativeTime(oldest_due_at)),
  },
  { title: 'ALLOWS', value: ({ limits }) => queueLimits(limits) },
  { title: 'NAME', value: ({ name }) => name, isFlexible: true },
]
