import type { Approval, CadreEvent } from '@cadre/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { LoadedPages } from '../live/use-live-pages.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'
import { usePages } from '../ui/paged-list.ts'

const REFETCH_MS_MIN = 1_000
const COUNTED_MAX = 99
const QUERY_KEY = ['approvals']

const touches = ({ type }: CadreEvent) =>
  type === 'approval.requested' || type === 'step.decided' || type === 'run.cancelled'

/** Approvals that somebody is asked for, the oldest first. */
export const useApprovals = () =>
  usePages([...QUERY_KEY, 'list'], (cursor) => api.runs.approvals({ cursor }))

/** How many wait, for the navigation, at most 99; and what keeps every list of them fresh. */
export const useApprovalCount = (): { count: number; isMore: boolean } => {
  const cache = useQueryClient()
  const counted = useQuery({
    queryKey: [...QUERY_KEY, 'count'],
    queryFn: () => api.runs.approvals({ limit: COUNTED_MAX }),
    staleTime: 0,
  })
  // Deadlines and cancellations end them as well: then an event names the step.
  const isShown = (event: CadreEvent) =>
    [
      ...(counted.data?.items ?? []),
      ...(cache
        .getQueryData<LoadedPages<Approval>>([...QUERY_KEY, 'list'])
        ?.pages.flatMap((page) => page.items) ?? []),
    ].some(({ step }) => step.id === event.data.step_id)
  useLiveRefetch(QUERY_KEY, {
    concerns: (event) => touches(event) || (isStepEnd(event) && isShown(event)),
    intervalMs: REFETCH_MS_MIN,
  })
  return {
    count: counted.data?.items.length ?? 0,
    isMore: counted.data !== undefined && counted.data.next_cursor !== null,
  }
}

const isStepEnd = ({ type }: CadreEvent) =>
  type === 'step.completed' || type === 'step.failed' || type === 'step.cancelled'
