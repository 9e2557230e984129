import type { ChangeQueue } from '@cadre/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useSyncExternalStore } from 'react'
import { api, messageOf } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { createStore } from '../ui/store.ts'
import { notify } from '../ui/toast.tsx'

const QUERY_KEY = ['queues']
const REFETCH_MS_MIN = 1_000
const MINUTE_MS = 60_000

/** All queues, fetched anew as things happen, once a second at the most. */
export const useQueues = () => {
  const cache = useQueryClient()
  const refetch = useThrottled(
    () => void cache.invalidateQueries({ queryKey: QUERY_KEY }),
    REFETCH_MS_MIN,
  )
  useLiveEvents((batch) => {
    if (batch.length > 0) refetch()
  })
  useResync(refetch)
  return useQuery({ queryKey: QUERY_KEY, queryFn: () => api.queues.list(), staleTime: 0 })
}

/** Starts of tasks in the last minute, as seen from here since the page is open. */
export const useStartsPerMinute = (): number => {
  const starts = useRef<number[]>([])
  const store = useRef(createStore(0)).current
  useLiveEvents((batch) => {
    const now = Date.now()
    for (const { type } of batch) if (type === 'task.claimed') starts.current.push(now)
    starts.current = starts.current.filter((at) => at > now - MINUTE_MS)
    store.set(starts.current.length)
  })
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Changes a queue's limits, or pauses and resumes it. */
export const useChangeQueue = (name: string, onDone: () => void = () => {}) => {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: ChangeQueue) => api.queues.change(name, change),
    onSuccess: (queue, change) => {
      notify(
        change.is_paused === undefined
          ? `Limits of ${queue.title} saved`
          : `${queue.title} ${queue.is_paused ? 'paused' : 'resumed'}`,
      )
      onDone()
    },
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: QUERY_KEY }),
  })
}
