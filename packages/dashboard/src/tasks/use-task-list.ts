import { api } from '../api/client.ts'
import { useLivePages } from '../live/use-live-pages.ts'
import { applyTaskEvents } from './task-list-live.ts'
import type { TaskRowData } from './task-row-data.ts'
import { toTaskQuery, type TaskSearch } from './task-search.ts'

const REFETCH_MS_MIN = 2_000

/** The filtered list of tasks, kept up to date from the event stream. */
export const useTaskList = (search: TaskSearch) =>
  useLivePages<TaskRowData>({
    queryKey: ['tasks', 'list', search],
    fetchPage: (cursor) => api.tasks.list(toTaskQuery(search, cursor)),
    apply: (pages, batch, isHeld) => applyTaskEvents(pages, batch, { search, isHeld }),
    refetchMsMin: REFETCH_MS_MIN,
  })
