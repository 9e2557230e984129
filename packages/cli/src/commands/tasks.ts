import type { TaskListQuery, TaskSummary } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { relativeTime, statusStyle } from '../wording.ts'

interface TasksOptions {
  status?: TaskListQuery['status']
  agent?: string
  capability?: string
  priority?: TaskListQuery['priority']
  kind?: TaskListQuery['kind']
  tag?: string
  schedule?: string
  search?: string
  after?: string
  before?: string
  limit: number
}

/** `cadre tasks [filters]` */
export const listTasks: Action<[], TasksOptions> = async ({ client, terminal }, _args, options) => {
  const { schedule: reference } = options
  const schedule = reference === undefined ? undefined : await client.schedules.get(reference)
  const query = { ...queryOf(options), schedule_id: schedule?.id }
  const found = await collectPages(options.limit, (page) =>
    client.tasks.list({ ...query, ...page }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('No task matches.')
  showTable(terminal, found.items, columns(terminal))
  tellRest(terminal, found, 'task')
}

const queryOf = (options: TasksOptions): TaskListQuery => ({
  status: options.status,
  agent_id: options.agent,
  capability: options.capability,
  priority: options.priority,
  kind: options.kind,
  tag: options.tag,
  q: options.search,
  created_after: options.after,
  created_before: options.before,
})

const columns = (terminal: Terminal): Column<TaskSummary>[] => [
  { title: 'ID', value: (task) => task.id },
  {
    title: 'STATUS',
    value: (task) => task.status,
    paint: (cell, task) => terminal.paint(statusStyle(task.status), cell),
  },
  { title: 'AGENT', value: (task) => task.agent_name ?? task.capability ?? '–' },
  { title: 'PRIORITY', value: (task) => task.priority },
  { title: 'CREATED', value: (task) => relativeTime(task.created_at) },
  { title: 'TITLE', value: (task) => task.title ?? task.last_error ?? '', isFlexible: true },
]
