import type { WorkflowSummary } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

interface ListOptions {
  limit: number
  tag?: string
}

/** `cadre workflows [QUERY]` */
export const listWorkflows: Action<[query: string | undefined], ListOptions> = async (
  { client, terminal },
  [q],
  { limit, tag },
) => {
  const found = await collectPages(limit, (page) => client.workflows.list({ ...page, q, tag }))
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0)
    return terminal.note(
      q === undefined && tag === undefined ? 'There is no workflow yet.' : 'No workflow matches.',
    )
  showTable(terminal, found.items, SUMMARY_COLUMNS)
  tellRest(terminal, found, 'workflow')
}

export const SUMMARY_COLUMNS: Column<WorkflowSummary>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'STEPS', value: ({ step_count: steps }) => String(steps), isRight: true },
  { title: 'SAGA', value: ({ is_saga: isSaga }) => (isSaga ? 'yes' : '–') },
  { title: 'PUBLISHED', value: ({ created_at: at }) => relativeTime(at) },
  { title: 'BY', value: ({ owner }) => owner },
  { title: 'DESCRIPTION', value: ({ description }) => description || '–', isFlexible: true },
]
