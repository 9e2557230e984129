import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { usePages } from '../ui/paged-list.ts'
import { conditionsOf, type QuarantineSearch } from './quarantine-search.ts'

const QUERY_KEY = ['quarantine']
const REFETCH_MS_MIN = 1_000
const TOUCHES = new Set(['task.quarantined', 'task.redriven', 'task.purged', 'task.cancelled'])

/** Fetches everything of the inbox that is shown anew after events, once a second at the most. */
export const useQuarantineUpdates = () => {
  const cache = useQueryClient()
  const refetch = useThrottled(
    () => void cache.invalidateQueries({ queryKey: QUERY_KEY }),
    REFETCH_MS_MIN,
  )
  useLiveEvents((batch) => {
    if (batch.some(({ type }) => TOUCHES.has(type) || type.startsWith('dead_letter.'))) refetch()
  })
  useResync(refetch)
}

const paging = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: { next_cursor: string | null }) => page.next_cursor ?? undefined,
  placeholderData: keepPreviousData,
  staleTime: 0,
}

export const useGroups = (search: QuarantineSearch) => {
  const { fingerprint: _, ...conditions } = conditionsOf(search)
  return useInfiniteQuery({
    queryKey: [...QUERY_KEY, 'groups', conditions],
    queryFn: ({ pageParam: cursor }) => api.quarantine.groups({ ...conditions, cursor }),
    ...paging,
  })
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
  useInfiniteQuery({
    queryKey: [...QUERY_KEY, 'tasks', conditionsOf(search)],
    queryFn: ({ pageParam: cursor }) => api.quarantine.list({ ...conditionsOf(search), cursor }),
    ...paging,
  })

export const useDeadLetters = () =>
  usePages([...QUERY_KEY, 'dead-letters'], (cursor) => api.quarantine.deadLetters({ cursor }))
