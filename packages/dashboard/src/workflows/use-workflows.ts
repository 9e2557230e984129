import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'

const PAGE_WORKFLOWS = 50
const NAMES_MAX = 100
const REFETCH_MS_MIN = 1_000

/** The latest version of each workflow, page by page. */
export const useWorkflows = (q: string) => {
  useWorkflowChanges()
  return useInfiniteQuery({
    queryKey: ['workflows', 'list', q],
    queryFn: ({ pageParam }) =>
      api.workflows.list({
        limit: PAGE_WORKFLOWS,
        cursor: pageParam,
        ...(q !== '' && { q }),
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

/** Names to choose from; of many, the first. */
export const useWorkflowNames = (): readonly string[] =>
  useQuery({
    queryKey: ['workflows', 'names'],
    queryFn: async () =>
      (await api.workflows.list({ limit: NAMES_MAX })).items.map(({ name }) => name),
  }).data ?? []

/** A workflow by name, in its latest version unless one is given. */
export const useWorkflow = (name: string, version: string | undefined) => {
  useWorkflowChanges()
  return useQuery({ ...workflowQuery(name, version), placeholderData: keepPreviousData })
}

/** A workflow in the version that is given, or in its latest. */
export const workflowQuery = (name: string, version: string | undefined) => ({
  queryKey: ['workflows', 'one', name, version],
  queryFn: () => api.workflows.get(version === undefined ? name : `${name}@${version}`),
})

/** What a reference names: an id, a name, or a name with a version. Null: none is asked for. */
export const referredWorkflowQuery = (reference: string | null) => ({
  queryKey: ['workflows', 'reference', reference],
  queryFn: () => api.workflows.get(reference ?? ''),
  enabled: reference !== null,
})

export const useWorkflowVersions = (name: string) =>
  useInfiniteQuery({
    queryKey: ['workflows', 'versions', name],
    queryFn: ({ pageParam }) => api.workflows.versions(name, { cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** Versions to choose from, the greatest first; of many, the first hundred. */
export const useVersionNames = (name: string): readonly string[] =>
  useQuery({
    queryKey: ['workflows', 'version names', name],
    queryFn: async () =>
      (await api.workflows.versions(name, { limit: NAMES_MAX })).items.map(
        ({ version }) => version,
      ),
  }).data ?? []

/** The newest run of a workflow; null when there is none. */
export const useLatestRun = (workflow: string) => {
  const queryKey = ['runs', 'latest', workflow]
  useLiveRefetch(queryKey, {
    concerns: ({ type, data }) => type.startsWith('run.') && data.workflow_name === workflow,
    intervalMs: REFETCH_MS_MIN,
  })
  return useQuery({
    queryKey,
    queryFn: () =>
      api.runs.list({ workflow, limit: 1 }).then(
        ({ items }) => items[0] ?? null,
        (error: unknown) => {
          if (isNotFound(error)) return null
          throw error
        },
      ),
    staleTime: 0,
  })
}

const useWorkflowChanges = () =>
  useLiveRefetch(['workflows'], {
    concerns: ({ type }) => type.startsWith('workflow.'),
    intervalMs: REFETCH_MS_MIN,
  })
