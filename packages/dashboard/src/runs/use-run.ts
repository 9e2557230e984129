import type { RunStep } from '@cadre/contract'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { stepsOfDefinition } from '../workflows/workflow-steps.ts'

const REFETCH_MS_MIN = 300
/** A run whose steps take several requests is asked for less often. */
const LARGE_REFETCH_MS_MIN = 2_000
const PAGE_STEPS = 1_000
/** Steps that are fetched; elements of lists do not count. */
export const STEPS_SHOWN_MAX = 10_000
const PAGE_EVENTS = 200

export const runKey = (id: string) => ['runs', 'one', id] as const

/** One run with its steps and its definition, kept up to date by its own events. */
export const useRun = (id: string) => {
  const cache = useQueryClient()
  const queryKey = runKey(id)
  const run = useQuery({ queryKey, queryFn: () => api.runs.get(id), staleTime: 0 })
  const steps = useQuery({
    queryKey: [...queryKey, 'steps'],
    queryFn: () => fetchSteps(id),
    staleTime: 0,
  })
  const definition = useDefinition(run.data?.workflow_id)
  const isLarge = (steps.data?.length ?? 0) > PAGE_STEPS
  const refetch = useThrottled(
    () => void cache.invalidateQueries({ queryKey }),
    isLarge ? LARGE_REFETCH_MS_MIN : REFETCH_MS_MIN,
  )
  useResync(refetch)
  useLiveEvents((batch) => {
    if (batch.some((event) => event.subject_id === id || event.data.run_id === id)) refetch()
  })
  return { run, steps, definition }
}

/** All steps but the elements of lists, page by page. */
const fetchSteps = async (id: string): Promise<RunStep[]> => {
  const steps: RunStep[] = []
  let cursor: string | undefined
  do {
    const page = await api.runs.steps(id, { limit: PAGE_STEPS, cursor, with_items: 'false' })
    steps.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && steps.length < STEPS_SHOWN_MAX)
  return steps
}

/** A version never changes; null when it was deleted. */
export const useDefinition = (workflowId: string | undefined) =>
  useQuery({
    queryKey: ['workflows', 'definition', workflowId],
    queryFn: () =>
      api.workflows.get(workflowId ?? '').then(
        ({ definition }) => stepsOfDefinition(definition),
        (error: unknown) => {
          if (isNotFound(error)) return null
          throw error
        },
      ),
    enabled: workflowId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })

/** What happened in a run, oldest first, page by page. */
export const useRunEvents = (id: string) =>
  useInfiniteQuery({
    queryKey: [...runKey(id), 'events'],
    queryFn: ({ pageParam }) => api.runs.events(id, { cursor: pageParam, limit: PAGE_EVENTS }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  })

/** A step with its input and output; `null` id: none is open. */
export const useStepDetail = (runId: string, stepId: string | null) =>
  useQuery({
    queryKey: [...runKey(runId), 'step', stepId],
    queryFn: () => api.runs.step(runId, stepId ?? ''),
    enabled: stepId !== null,
    staleTime: 0,
  })
