import type { Run, RunListQuery } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { money, runDuration, runState, workflowOf } from '../run-wording.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { relativeTime, runStatusStyle } from '../wording.ts'

interface RunsOptions {
  workflow?: string
  status?: RunListQuery['status']
  attention?: boolean
  limit: number
}

/** `cadre runs [filters]` */
export const listRuns: Action<[], RunsOptions> = async ({ client, terminal }, _args, options) => {
  const { workflow, status, attention } = options
  const found = await collectPages(options.limit, (page) =>
    client.runs.list({
      workflow,
      status,
      ...(attention === true && { needs_attention: 'true' }),
      ...page,
    }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0)
    return terminal.note(attention ? 'No run needs anybody.' : 'No run matches.')
  showTable(terminal, found.items, columns(terminal))
  tellRest(terminal, found, 'run')
}

const columns = (terminal: Terminal): Column<Run>[] => [
  { title: 'ID', value: ({ id }) => id },
  {
    title: 'STATUS',
    value: runState,
    paint: (cell, run) => terminal.paint(runStatusStyle(run.status), cell),
  },
  { title: 'WORKFLOW', value: workflowOf },
  { title: 'STARTED', value: (run) => relativeTime(run.created_at) },
  { title: 'TOOK', value: (run) => runDuration(run), isRight: true },
  { title: 'COST', value: ({ cost }) => money(cost), isRight: true },
  {
    title: 'ERROR',
    value: ({ failed_step: step, error }) => [step, error].filter(Boolean).join(': '),
    isFlexible: true,
  },
]
