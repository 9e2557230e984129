import { useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { usePages } from '../ui/paged-list.ts'

export const WEBHOOKS = ['webhooks']
const REFETCH_MS_MIN = 1_000

/** Webhooks that start a workflow, in whichever version; fetched anew when one changes. */
export const useWebhooks = (workflow: string) => {
  const cache = useQueryClient()
  const list = usePages([...WEBHOOKS, workflow], (cursor) =>
    api.webhooks.list({ workflow, cursor }),
  )
  const refetch = useThrottled(
    () => void cache.invalidateQueries({ queryKey: WEBHOOKS }),
    REFETCH_MS_MIN,
  )
  useLiveEvents((batch) => {
    if (batch.some(({ type }) => type.startsWith('webhook.'))) refetch()
  })
  useResync(refetch)
  return list
}
