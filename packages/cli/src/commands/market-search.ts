import type { MarketplaceItem, MarketplaceSort } from '@cadre/contract'
import { showTable } from '../list-display.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { dollars } from '../install-wording.ts'
import { count, percent } from '../wording.ts'

interface SearchOptions {
  type?: 'agent' | 'workflow'
  tag?: string[]
  capability?: string
  sort?: MarketplaceSort
  limit: number
}

/** `cadre search [WORDS…]` */
export const searchMarket: Action<[words: string[]], SearchOptions> = async (
  { client, terminal },
  [words],
  { type, tag, capability, sort, limit },
) => {
  const q = words.join(' ').trim()
  const found = await client.marketplace.search({
    ...(q === '' ? {} : { q }),
    type,
    tags: tag?.join(','),
    capability,
    sort_by: sort,
    limit,
  })
  if (terminal.isJson) return terminal.document(found)
  if (found.corrected !== null)
    terminal.note(`Nothing is spelt like that. Shown is "${printable(found.corrected)}".`)
  if (found.items.length === 0)
    return terminal.note(
      'The marketplace has nothing like that. `cadre search` lists the best of it.',
    )
  showTable(terminal, found.items, COLUMNS)
  if (found.next_cursor !== null)
    terminal.note(`${count(found.items.length, 'item')} of ${found.total} shown (--limit).`)
}

const COLUMNS: Column<MarketplaceItem>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'TYPE', value: ({ item_type: type }) => type },
  { title: 'PUBLISHER', value: ({ publisher }) => publisher },
  { title: 'PRICE', value: ({ price }) => dollars(price), isRight: true },
  {
    title: 'USES',
    value: ({ uses, success_rate: rate }) =>
      uses === 0 ? '–' : `${uses}, ${percent(rate)} succeeded`,
  },
  {
    title: 'DESCRIPTION',
    value: ({ status, description }) =>
      status === 'deprecated' ? `(deprecated) ${description}` : description,
    isFlexible: true,
  },
]
