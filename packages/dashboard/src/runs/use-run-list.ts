import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../api/client.ts'
import { useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { applyRunEvents, type RunPages } from './run-list-live.ts'
import { toRunQuery, type RunSearch } from './run-search.ts'

const REFETCH_MS_MIN = 1_000
/** Scrolled further than this, a person is reading, and rows must not move. */
const READING_SCROLL_PX = 120

/**
 * The filtered list of runs, kept up to date from the event stream. `heldCount` runs have come
 * unseen while the page was scrolled; `showHeld` brings them in.
 */
export const useRunList = (search: RunSearch) => {
  const cache = useQueryClient()
  const queryKey = ['runs', 'list', search]
  const [heldCount, setHeldCount] = useState(0)
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => api.runs.list(toRunQuery(search, pageParam)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  const startOver = () => {
    setHeldCount(0)
    cache.setQueryData<RunPages>(queryKey, firstPageOnly)
    void cache.invalidateQueries({ queryKey, exact: true })
  }
  const startOverThrottled = useThrottled(startOver, REFETCH_MS_MIN)
  useLiveEvents((batch) => {
    const pages = cache.getQueryData<RunPages>(queryKey)
    if (pages === undefined) return
    const update = applyRunEvents(pages, batch, search)
    if (update.pages !== pages) cache.setQueryData(queryKey, update.pages)
    const isHeld = window.scrollY > READING_SCROLL_PX
    if (isHeld) setHeldCount((count) => count + update.arrivals)
    else if (update.arrivals > 0 || update.isOutdated) startOverThrottled()
  })
  useResync(startOverThrottled)
  useEffect(() => setHeldCount(0), [JSON.stringify(search)])
  const showHeld = () => {
    window.scrollTo({ top: 0 })
    startOver()
  }
  return { list, heldCount, showHeld }
}

const firstPageOnly = (pages: RunPages | undefined): RunPages | undefined =>
  pages && { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) }
