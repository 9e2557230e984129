import type { Approval } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { workflowOf } from '../run-wording.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre approvals` */
export const listApprovals: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.runs.approvals)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('Nobody is asked for an approval.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'approval')
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
