import { useQuery } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'
import { usePages } from '../ui/paged-list.ts'
import { conditionsOf, type QuarantineSearch } from './quarantine-search.ts'

const QUERY_KEY = ['quarantine']
const REFETCH_MS_MIN = 1_000
const TOUCHES = new Set(['task.quarantined', 'task.redriven', 'task.purged', 'task.cancelled'])

/** Fetches everything of the inbox that is shown anew after events, once a second at the most. */
export const useQuarantineUpdates = () =>
  useLiveRefetch(QUERY_KEY, {
    concerns: ({ type }) => TOUCHES.has(type) || type.startsWith('dead_letter.'),
    intervalMs: REFETCH_MS_MIN,
  })

export const useGroups = (search: QuarantineSearch) => {
  const { fingerprint: _, ...conditions } = conditionsOf(search)
  return usePages([...QUERY_KEY, 'groups', conditions], (cursor) =>
    api.quarantine.groups({ ...conditions, cursor }),
  )
}

/** Null when no task of the group is left in quarantine. */
export const useGroup = (fingerprint: string) =>
  useQuery({
    queryKey: [...QUERY_KEY, 'group', fingerprint],
    queryFn: () =>
      api.quarantine.group(fingerprint).catch((error: unknown) => {
        if (isNotFound(error)) return null
        throw error
      }),
    staleTime: 0,
  })

export const useQuarantined = (search: QuarantineSearch) =>
  usePages([...QUERY_KEY, 'tasks', conditionsOf(search)], (cursor) =>
    api.quarantine.list({ ...conditionsOf(search), cursor }),
  )

export const useDeadLetters = () =>
  usePages([...QUERY_KEY, 'dead-letters'], (cursor) => api.quarantine.deadLetters({ cursor }))
