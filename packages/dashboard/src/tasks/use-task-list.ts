import type { List } from '@cadre/contract'
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../api/client.ts'
import { captureEvents, useLiveEvents, useResync } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { applyTaskEvents, type TaskPages } from './task-list-live.ts'
import type { TaskRowData } from './task-row-data.ts'
import { toTaskQuery, type TaskSearch } from './task-search.ts'

const REFETCH_MS_MIN = 2_000
/** Scrolled further than this, a person is reading, and rows must not move. */
const READING_SCROLL_PX = 120

/**
 * The filtered task list: fetched once, then kept up to date from the event stream. `heldCount`
 * tasks have arrived unseen while the page was scrolled; `showHeld` brings them in.
 */
export const useTaskList = (search: TaskSearch) => {
  const cache = useQueryClient()
  const queryKey = ['tasks', 'list', search]
  const [heldCount, setHeldCount] = useState(0)
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(search, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // Events do not reach lists that nobody shows: those are fetched anew when shown again.
    staleTime: 0,
  })

  const startOver = () => {
    setHeldCount(0)
    cache.setQueryData<TaskPages>(queryKey, firstPageOnly)
    void cache.invalidateQueries({ queryKey, exact: true })
  }
  const startOverThrottled = useThrottled(startOver, REFETCH_MS_MIN)

  useLiveEvents((batch) => {
    const pages = cache.getQueryData<TaskPages>(queryKey)
    if (pages === undefined) return
    const isHeld = window.scrollY > READING_SCROLL_PX
    const update = applyTaskEvents(pages, batch, { search, isHeld })
    if (update.pages !== pages) cache.setQueryData(queryKey, update.pages)
    if (update.heldCount > 0) setHeldCount((count) => count + update.heldCount)
    if (update.isIncomplete) startOverThrottled()
  })
  useResync(startOverThrottled)
  useEffect(() => setHeldCount(0), [JSON.stringify(search)])

  const showHeld = () => {
    window.scrollTo({ top: 0 })
    startOver()
  }
  return { list, heldCount, showHeld }
}

/** One page, with the events that came while it was on its way. */
const fetchPage = async (
  search: TaskSearch,
  cursor: string | undefined,
): Promise<List<TaskRowData>> => {
  const stopCapture = captureEvents()
  const page = await api.tasks.list(toTaskQuery(search, cursor)).finally(stopCapture)
  const pages: TaskPages = { pages: [page], pageParams: [cursor] }
  const isHeld = cursor !== undefined
  const update = applyTaskEvents(pages, stopCapture(), { search, isHeld })
  return update.pages.pages[0] ?? page
}

const firstPageOnly = (pages: TaskPages | undefined): TaskPages | undefined =>
  pages && { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) }
