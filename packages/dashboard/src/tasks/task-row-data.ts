import type { CadreEvent, EventData, TaskSummary } from '@cadre/contract'
import type { TaskSearch } from './task-search.ts'

/** What a row shows: a summary's part that can be kept up to date from events alone. */
export type TaskRowData = Pick<
  TaskSummary,
  | 'id'
  | 'title'
  | 'agent_id'
  | 'agent_name'
  | 'capability'
  | 'priority'
  | 'status'
  | 'attempt'
  | 'progress'
  | 'last_error'
  | 'run_at'
  | 'created_at'
  | 'updated_at'
  | 'started_at'
  | 'finished_at'
>

const FINISHED: ReadonlySet<string> = new Set(['DONE', 'QUARANTINED', 'CANCELLED'])

/** The row after the event; the same object if the event is older than what the row shows. */
export const withEvent = (row: TaskRowData, event: CadreEvent): TaskRowData => {
  if (Date.parse(event.at) < Date.parse(row.updated_at)) return row
  const { data } = event
  const status = data.status ?? row.status
  return {
    ...row,
    status,
    title: data.title ?? row.title,
    agent_id: data.agent_id ?? row.agent_id,
    agent_name: data.agent_name ?? row.agent_name,
    priority: data.priority ?? row.priority,
    attempt: data.attempt ?? row.attempt,
    last_error: data.error ?? row.last_error,
    run_at: data.run_at ?? row.run_at,
    progress: progressAfter(row, event),
    updated_at: event.at,
    started_at: event.type === 'task.claimed' ? event.at : row.started_at,
    finished_at: FINISHED.has(status) ? event.at : null,
  }
}

const progressAfter = (row: TaskRowData, { type, data }: CadreEvent): TaskRowData['progress'] => {
  if (type === 'task.progressed')
    return { fraction: data.fraction ?? null, message: data.message ?? null }
  return type === 'task.claimed' ? null : row.progress
}

/**
 * A row for a task that nothing else is known of. Null unless the event describes the whole task,
 * as the first event of each task does: only that one tells the priority.
 */
export const rowFromEvent = (event: CadreEvent): TaskRowData | null => {
  const { task_id: id, status, priority } = event.data
  if (id === undefined || status === undefined || priority === undefined) return null
  const row: TaskRowData = {
    ...namesOf(event.data),
    id,
    status,
    priority,
    capability: null,
    attempt: 0,
    progress: null,
    last_error: null,
    run_at: event.at,
    created_at: event.at,
    updated_at: event.at,
    started_at: null,
    finished_at: null,
  }
  return withEvent(row, event)
}

const namesOf = (data: EventData) => ({
  title: data.title ?? null,
  agent_id: data.agent_id ?? null,
  agent_name: data.agent_name ?? null,
})

/** Whether the filters of the list let the row through. */
export const matches = (row: TaskRowData, search: TaskSearch): boolean =>
  (search.status === undefined || row.status === search.status) &&
  (search.priority === undefined || row.priority === search.priority) &&
  (search.agent === undefined ||
    row.agent_id === search.agent ||
    row.agent_name === search.agent) &&
  (search.q === undefined || containsText(row, search.q))

const containsText = (row: TaskRowData, text: string) =>
  `${row.title ?? ''}\n${row.last_error ?? ''}`.toLowerCase().includes(text.toLowerCase())
