import type { ChangeQueue } from '@cadre/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api, messageOf } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { notify } from '../ui/toast.tsx'

const QUERY_KEY = ['queues']
const REFETCH_MS_MIN = 1_000
/** Starts are counted a moment after they happen. */
const COUNTED_MS = 1_500
/** Without any event, starts still grow old. */
const REFETCH_MS = 10_000

/** All queues, fetched anew as things happen, once a second at the most. */
export const useQueues = () => {
  const cache = useQueryClient()
  const refetch = useThrottled(
    () => void cache.invalidateQueries({ queryKey: QUERY_KEY }),
    REFETCH_MS_MIN,
  )
  const refetchLater = useDelayed(refetch, COUNTED_MS)
  useLiveEvents((batch) => {
    if (batch.length > 0) refetch()
    if (batch.some(({ type }) => type === 'task.claimed')) refetchLater()
  })
  useResync(refetch)
  return useQuery({
    queryKey: QUERY_KEY,
    queryFn: () => api.queues.list(),
    staleTime: 0,
    refetchInterval: REFETCH_MS,
  })
}

/** Answers a function that runs `action` once, so long after its first call. */
const useDelayed = (action: () => void, delayMs: number) => {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      action()
    }, delayMs)
  }
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
