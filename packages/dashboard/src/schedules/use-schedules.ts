import type { Schedule } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, messageOf } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'
import { usePages } from '../ui/paged-list.ts'
import { notify } from '../ui/toast.tsx'
import {
  toCreateSchedule,
  toUpdateSchedule,
  type ScheduleDraft,
  type Times,
} from './schedule-draft.ts'

const QUERY_KEY = ['schedules']
const REFETCH_MS_MIN = 1_000
const PAGE_SCHEDULES = 50

/** All schedules page by page, fetched anew when they or the tasks or workflows of their last runs change. */
export const useSchedules = () => {
  const list = usePages(QUERY_KEY, (cursor) =>
    api.schedules.list({ limit: PAGE_SCHEDULES, cursor }),
  )
  const shown = new Set<string>(
    list.items.flatMap(({ last_run }) => last_run?.task_id ?? last_run?.run_id ?? []),
  )
  useLiveRefetch(QUERY_KEY, {
    concerns: ({ type, subject_id }) => type.startsWith('schedule.') || shown.has(subject_id),
    intervalMs: REFETCH_MS_MIN,
  })
  return list
}

/** Creates a schedule, or changes the one given. Refusals stay with the form. */
export const useSaveSchedule = (schedule: Schedule | undefined, onDone: () => void) => {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ draft, times }: { draft: ScheduleDraft; times: Times }) =>
      schedule === undefined
        ? api.schedules.create(toCreateSchedule(draft, times))
        : api.schedules.update(schedule.id, toUpdateSchedule(draft, times, schedule)),
    onSuccess: ({ name }) => {
      notify(`${name} ${schedule === undefined ? 'created' : 'saved'}`)
      onDone()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: QUERY_KEY }),
  })
}

/** What is done to one schedule at the press of a button. Faults are said in a toast. */
export const useScheduleAction = (
  schedule: Schedule,
  action: 'pause' | 'resume' | 'trigger' | 'remove',
  done: string,
) => {
  const cache = useQueryClient()
  return useMutation<unknown>({
    mutationFn: () => api.schedules[action](schedule.id),
    onSuccess: () => notify(done),
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: QUERY_KEY }),
  })
}
