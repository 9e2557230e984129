import type { Agent } from '@cadre/contract'
import { showTable } from '../list-display.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { count } from '../wording.ts'

const AGENTS_LISTED_MAX = 1_000
const PAGE_SIZE = 100

/** `cadre agents [QUERY]` */
export const listAgents: Action<[query?: string]> = async ({ client, terminal }, [query]) => {
  const { items, total } =
    query === undefined ? await allAgents(client) : await found(client, query)
  if (terminal.isJson) return terminal.document({ items, total })
  if (items.length === 0) return terminal.note(emptyMessage(query))
  showTable(terminal, items, COLUMNS)
  if (total > items.length) terminal.note(`${items.length} of ${count(total, 'agent')} shown.`)
}

type Client = Parameters<Action>[0]['client']

const found = async (client: Client, query: string) => {
  const { agents, total } = await client.agents.search(query)
  return { items: agents, total }
}

const allAgents = async (client: Client) => {
  const items: Agent[] = []
  let cursor: string | undefined
  do {
    const page = await client.agents.list({ limit: PAGE_SIZE, cursor })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && items.length < AGENTS_LISTED_MAX)
  return { items, total: items.length }
}

const COLUMNS: Column<Agent>[] = [
  { title: 'NAME', value: (agent) => agent.name },
  { title: 'VERSION', value: (agent) => agent.version },
  { title: 'RUNTIME', value: (agent) => agent.runtime },
  { title: 'STATUS', value: (agent) => agent.status },
  { title: 'DONE', value: (agent) => String(agent.tasks_completed), isRight: true },
  { title: 'DESCRIPTION', value: (agent) => agent.description, isFlexible: true },
]

const emptyMessage = (query: string | undefined): string =>
  query === undefined
    ? 'There are no agents yet. Publish one with `cadre publish FILE.wasm`.'
    : `No agent matches "${query}". See all of them with \`cadre agents\`.`
