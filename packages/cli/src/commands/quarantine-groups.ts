import type { QuarantineGroup } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import type { ConditionOptions } from '../quarantine-choice.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre quarantine` */
export const listGroups: Action<[], ConditionOptions & { limit: number }> = async (
  { client, terminal },
  _args,
  { agent, category, search, limit },
) => {
  const found = await collectPages(limit, (page) =>
    client.quarantine.groups({ ...page, agent_id: agent, category, q: search }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('Nothing is in quarantine.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'group')
}

const agentsOf = ({ agents, agents_affected }: QuarantineGroup): string => {
  const first = agents[0]?.agent_name ?? '–'
  return agents_affected > 1 ? `${first} +${agents_affected - 1}` : first
}

const COLUMNS: Column<QuarantineGroup>[] = [
  { title: 'GROUP', value: (group) => group.fingerprint },
  { title: 'TASKS', value: (group) => String(group.tasks), isRight: true },
  { title: 'CATEGORY', value: (group) => group.category },
  { title: 'AGENTS', value: agentsOf },
  { title: 'FIRST', value: (group) => relativeTime(group.first_seen_at) },
  { title: 'LAST', value: (group) => relativeTime(group.last_seen_at) },
  { title: 'ERROR', value: (group) => group.error, isFlexible: true },
]
