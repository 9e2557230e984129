import type { TaskListQuery, TaskPriority, TaskStatus } from '@cadre/contract'
import { PRIORITIES, STATUSES } from './task-words.ts'

/** The filters of the task list, as they stand in the address. */
export interface TaskSearch {
  status?: TaskStatus
  priority?: TaskPriority
  agent?: string
  q?: string
}

const TEXT_LENGTH_MAX = 200

const oneOf = <Value extends string>(values: readonly Value[], value: unknown) =>
  values.find((known) => known === value)

const text = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number'
    ? String(value).slice(0, TEXT_LENGTH_MAX) || undefined
    : undefined

/** Reads any address; what it does not know is left out. */
export const readTaskSearch = (search: Record<string, unknown>): TaskSearch => {
  const parsed: TaskSearch = {
    status: oneOf(STATUSES, search['status']),
    priority: oneOf(PRIORITIES, search['priority']),
    agent: text(search['agent']),
    q: text(search['q']),
  }
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined))
}

export const PAGE_TASKS = 50

export const toTaskQuery = (search: TaskSearch, cursor: string | undefined): TaskListQuery => ({
  limit: PAGE_TASKS,
  cursor,
  status: search.status,
  priority: search.priority,
  agent_id: search.agent,
  q: search.q,
})

export const hasFilters = (search: TaskSearch) => Object.keys(search).length > 0
