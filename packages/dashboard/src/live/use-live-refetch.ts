import type { CadreEvent } from '@cadre/contract'
import { useQueryClient } from '@tanstack/react-query'
import { fetchAnew } from './fetch-anew.ts'
import { useLiveEvents, useResync } from './live-events.ts'
import { useThrottled } from './use-throttled.ts'

/**
 * Fetches everything under `queryKey` anew after events that concern it, and when some may have
 * been missed: at once, and then no more often than every `intervalMs`.
 */
export const useLiveRefetch = (
  queryKey: readonly unknown[],
  { concerns, intervalMs }: { concerns: (event: CadreEvent) => boolean; intervalMs: number },
) => {
  const cache = useQueryClient()
  const refetch = useThrottled(() => void fetchAnew(cache, { queryKey }), intervalMs)
  useLiveEvents((batch) => {
    if (batch.some(concerns)) refetch()
  })
  useResync(refetch)
}
