import type { Approval } from '@cadre/contract'
import { collectPages } from '../pages.ts'
import { workflowOf } from '../run-wording.ts'
import type { Action } from '../session.ts'
import { formatTable, type Column } from '../table.ts'
import { count, relativeTime } from '../wording.ts'

/** `cadre approvals` */
export const listApprovals: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.runs.approvals)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('Nobody is asked for an approval.')
  const table = formatTable(found.items, COLUMNS, {
    width: terminal.columns,
    paintTitle: (title) => terminal.paint('dim', title),
  })
  for (const line of table) terminal.line(line)
  if (found.next_cursor !== null)
    terminal.note(`${count(found.items.length, 'approval')} shown; there are more (--limit).`)
}

const COLUMNS: Column<Approval>[] = [
  { title: 'RUN', value: ({ run }) => run.id },
  { title: 'STEP', value: ({ step }) => step.step },
  { title: 'WORKFLOW', value: ({ run }) => workflowOf(run) },
  {
    title: 'ASKED',
    value: ({ step }) => (step.released_at === null ? '–' : relativeTime(step.released_at)),
  },
  {
    title: 'UNTIL',
    value: ({ step }) => (step.due_at === null ? '–' : relativeTime(step.due_at)),
  },
  { title: 'QUESTION', value: ({ step }) => step.message ?? '', isFlexible: true },
]
