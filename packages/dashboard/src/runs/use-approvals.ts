import type { Approval, CadreEvent, List } from '@cadre/contract'
import {
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'

const REFETCH_MS_MIN = 1_000
const COUNTED_MAX = 99
const QUERY_KEY = ['approvals']

const touches = ({ type }: CadreEvent) =>
  type === 'approval.requested' || type === 'step.decided' || type === 'run.cancelled'

/** Approvals that somebody is asked for, the oldest first. */
export const useApprovals = () =>
  useInfiniteQuery({
    queryKey: [...QUERY_KEY, 'list'],
    queryFn: ({ pageParam }): Promise<List<Approval>> => api.runs.approvals({ cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  })

/** How many wait, for the navigation, at most 99; and what keeps every list of them fresh. */
export const useApprovalCount = (): { count: number; isMore: boolean } => {
  const cache = useQueryClient()
  const refetch = useThrottled(
    () => void cache.invalidateQueries({ queryKey: QUERY_KEY }),
    REFETCH_MS_MIN,
  )
  const queryKey = [...QUERY_KEY, 'count']
  const counted = useQuery({
    queryKey,
    queryFn: () => api.runs.approvals({ limit: COUNTED_MAX }),
    staleTime: 0,
  })
  // Deadlines and cancellations end them as well: then an event names the step.
  const isShown = (event: CadreEvent) =>
    [
      ...(counted.data?.items ?? []),
      ...(cache
        .getQueryData<InfiniteData<List<Approval>>>([...QUERY_KEY, 'list'])
        ?.pages.flatMap((page) => page.items) ?? []),
    ].some(({ step }) => step.id === event.data.step_id)
  useLiveEvents((batch) => {
    if (batch.some((event) => touches(event) || (isStepEnd(event) && isShown(event)))) refetch()
  })
  useResync(refetch)
  return {
    count: counted.data?.items.length ?? 0,
    isMore: counted.data !== undefined && counted.data.next_cursor !== null,
  }
}

const isStepEnd = ({ type }: CadreEvent) =>
  type === 'step.completed' || type === 'step.failed' || type === 'step.cancelled'
