import type { Agent } from '@cadre/contract'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'

const PAGE_AGENTS = 60
const FOUND_AGENTS_MAX = 100
const REFETCH_MS_MIN = 1_000
/** What processes of remote agents are at is told by their reports, not by events. */
const PRESENCE_MS = 5_000

/** All agents page by page, or those that match `q`. Fetched anew when agents change. */
export const useAgents = (q: string) => {
  useAgentChanges()
  return useInfiniteQuery({
    queryKey: ['agents', 'list', q],
    queryFn: ({ pageParam }) => (q === '' ? listAgents(pageParam) : searchAgents(q)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(isThere)) === true && PRESENCE_MS,
  })
}

/** One agent by its id or name; null: none is asked for. */
export const useAgent = (reference: string | null) =>
  useQuery({
    queryKey: ['agents', 'one', reference],
    queryFn: () => api.agents.get(reference ?? ''),
    enabled: reference !== null,
  })

const isThere = ({ presence }: Agent): boolean => (presence?.instances ?? 0) > 0

const listAgents = async (cursor: string | undefined) => {
  const { items, next_cursor } = await api.agents.list({ limit: PAGE_AGENTS, cursor })
  return { items, next_cursor }
}

const searchAgents = async (q: string) => {
  const found = await api.agents.search(q, FOUND_AGENTS_MAX)
  return { items: found.agents, next_cursor: null }
}

/** Keeps everything about agents fresh while a page that shows them is open. */
export const useAgentChanges = () =>
  useLiveRefetch(['agents'], {
    concerns: ({ type }) => type.startsWith('agent.'),
    intervalMs: REFETCH_MS_MIN,
  })
