import type { Attempt, CadreEvent, ExecutionResult, List, Task } from '@cadre/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { fetchAnew } from '../live/fetch-anew.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'

const REFETCH_MS_MIN = 250
/** A task that reports progress all day keeps only its newest events on screen. */
const EVENTS_SHOWN_MAX = 500

/** One task with everything about it, kept up to date by its own events. */
export const useTask = (id: string) => {
  const cache = useQueryClient()
  const queryKey = ['tasks', 'one', id]
  const eventsKey = [...queryKey, 'events']
  const task = useQuery({ queryKey, queryFn: (): Promise<Task> => api.tasks.get(id) })
  const attempts = useQuery({
    queryKey: [...queryKey, 'attempts'],
    queryFn: (): Promise<List<Attempt>> => api.tasks.attempts(id),
  })
  const events = useQuery({
    queryKey: eventsKey,
    queryFn: (): Promise<List<CadreEvent>> => api.tasks.events(id),
  })
  const result = useQuery({
    queryKey: [...queryKey, 'result'],
    // Only WASM executions have one; its absence is an answer.
    queryFn: (): Promise<ExecutionResult | null> =>
      api.tasks.result(id).catch((error: unknown) => {
        if (isNotFound(error)) return null
        throw error
      }),
    enabled: task.data !== undefined && hasEndedOnce(task.data),
  })

  const refetch = useThrottled(() => void fetchAnew(cache, { queryKey }), REFETCH_MS_MIN)
  useResync(refetch)
  useLiveEvents((batch) => {
    const own = batch.filter((event) => event.subject_id === id)
    if (own.length === 0) return
    cache.setQueryData<List<CadreEvent>>(eventsKey, (list) => list && appendEvents(list, own))
    refetch()
  })
  return { task, attempts, events, result }
}

const hasEndedOnce = ({ attempt, status }: Task) =>
  attempt > 1 || (attempt === 1 && status !== 'IN_PROGRESS')

const appendEvents = (list: List<CadreEvent>, added: readonly CadreEvent[]): List<CadreEvent> => {
  const known = new Set(list.items.map((event) => event.id))
  const items = [...list.items, ...added.filter((event) => !known.has(event.id))]
  return { ...list, items: items.slice(-EVENTS_SHOWN_MAX) }
}
