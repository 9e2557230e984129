import type { CadreEvent, RunStep, StepKind } from '@cadre/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { api, isNotFound } from '../api/client.ts'
import { fetchAnew } from '../live/fetch-anew.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { usePages } from '../ui/paged-list.ts'
import { stepsOfDefinition } from '../workflows/workflow-steps.ts'
import { withStepEvents } from './step-events.ts'

const REFETCH_MS_MIN = 300
/** A run whose steps take several requests is asked for less often. */
const LARGE_REFETCH_MS_MIN = 10_000
/** … and redrawn less often. */
const LARGE_APPLY_MS_MIN = 1_000
const PAGE_STEPS = 1_000
/** Steps that are fetched; elements of lists do not count. */
export const STEPS_SHOWN_MAX = 10_000
const PAGE_EVENTS = 200

const STEPS = 'steps'

export const runKey = (id: string) => ['runs', 'one', id] as const

/** One run with its steps and its definition, kept up to date by its own events. */
export const useRun = (id: string) => {
  const queryKey = runKey(id)
  const stepsKey = [...queryKey, STEPS]
  const run = useQuery({ queryKey, queryFn: () => api.runs.get(id), staleTime: 0 })
  const steps = useQuery({
    queryKey: stepsKey,
    queryFn: (): Promise<readonly RunStep[]> => fetchSteps(id),
    staleTime: 0,
  })
  const definition = useDefinition(run.data?.workflow_id)
  const kinds = useMemo(
    () => new Map(definition.data?.map(({ name, kind }) => [name, kind])),
    [definition.data],
  )
  useRunEvents(id, stepsKey, {
    isLarge: Math.max(steps.data?.length ?? 0, kinds.size) > PAGE_STEPS,
    kindOf: (step) => kinds.get(step),
  })
  return { run, steps, definition }
}

/** Shows at once what events of the run tell, and fetches what they do not. */
const useRunEvents = (
  id: string,
  stepsKey: readonly string[],
  { isLarge, kindOf }: { isLarge: boolean; kindOf: (step: string) => StepKind | undefined },
) => {
  const cache = useQueryClient()
  const pending = useRef<CadreEvent[]>([])
  const apply = () => {
    const batch = pending.current
    pending.current = []
    cache.setQueryData<readonly RunStep[]>(
      stepsKey,
      (known) => known && withStepEvents(known, batch, kindOf),
    )
  }
  const refetchSteps = () => void fetchAnew(cache, { queryKey: stepsKey })
  const refetchOthers = () =>
    void fetchAnew(cache, {
      queryKey: runKey(id),
      predicate: (query) => query.queryKey[runKey(id).length] !== STEPS,
    })
  const often = {
    apply,
    refetchSteps: useThrottled(refetchSteps, REFETCH_MS_MIN),
    refetchOthers: useThrottled(refetchOthers, REFETCH_MS_MIN),
  }
  const seldom = {
    apply: useThrottled(apply, LARGE_APPLY_MS_MIN),
    refetchSteps: useThrottled(refetchSteps, LARGE_REFETCH_MS_MIN),
    refetchOthers: useThrottled(refetchOthers, LARGE_APPLY_MS_MIN),
  }
  const { apply: show, ...refetch } = isLarge ? seldom : often
  const refetchAll = () => {
    refetch.refetchOthers()
    refetch.refetchSteps()
  }
  useResync(refetchAll)
  useLiveEvents((batch) => {
    const own = batch.filter((event) => event.subject_id === id || event.data.run_id === id)
    if (own.length === 0) return
    pending.current.push(...own)
    show()
    refetchAll()
  })
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
export const useRunHistory = (id: string) =>
  usePages([...runKey(id), 'events'], (cursor) =>
    api.runs.events(id, { cursor, limit: PAGE_EVENTS }),
  )

/** A step with its input and output; `null` id: none is open. */
export const useStepDetail = (runId: string, stepId: string | null) =>
  useQuery({
    queryKey: [...runKey(runId), 'step', stepId],
    queryFn: () => api.runs.step(runId, stepId ?? ''),
    enabled: stepId !== null,
    staleTime: 0,
  })
