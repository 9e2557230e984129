import type { Install } from '@cadre/contract'
import { dollars } from '../install-wording.ts'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { count, relativeTime } from '../wording.ts'

/** `cadre installs` */
export const listInstalls: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.installs.list)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0)
    return terminal.note('Nothing is installed yet. Look around with `cadre search`.')
  showTable(terminal, found.items, COLUMNS)
  const due = found.items.filter(({ update }) => update !== null).length
  if (due > 0) terminal.note(`${count(due, 'update')} available: cadre update --all --dry-run`)
  tellRest(terminal, found, 'install')
}

const COLUMNS: Column<Install>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ITEM', value: ({ item, publisher }) => `${item} of ${publisher}` },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'RANGE', value: ({ range }) => range },
  { title: 'UPDATE', value: ({ update }) => update?.version ?? '–' },
  { title: 'PRICE', value: ({ price }) => dollars(price), isRight: true },
  { title: 'INSTALLED', value: ({ installed_at: at }) => relativeTime(at) },
  {
    title: 'STATUS',
    value: ({ status, status_message: message }) =>
      message === null ? status : `${status}: ${message}`,
    isFlexible: true,
  },
]
