import type { CadreEvent, List } from '@cadre/contract'
import { useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { usePages } from '../ui/paged-list.ts'
import { captureEvents, useLiveEvents, useResync } from './live-events.ts'
import { useThrottled } from './use-throttled.ts'

/** Scrolled further than this, a person is reading, and rows must not move. */
const READING_SCROLL_PX = 120

export type LoadedPages<Item> = InfiniteData<List<Item>, string | undefined>

export interface LiveUpdate<Item> {
  pages: LoadedPages<Item>
  /** Items that belong into the list and were held back. */
  heldCount: number
  /** The list lacks items that belong into it: it should be fetched again. */
  isIncomplete: boolean
}

export interface LivePagesOptions<Item> {
  queryKey: readonly unknown[]
  fetchPage: (cursor: string | undefined) => Promise<List<Item>>
  /**
   * The list after a batch of events. With `isHeld` nothing may enter or leave it; arrivals are
   * only counted. Untouched pages keep their identity.
   */
  apply: (
    pages: LoadedPages<Item>,
    batch: readonly CadreEvent[],
    isHeld: boolean,
  ) => LiveUpdate<Item>
  /** A list that lacks something is fetched again no more often than this. */
  refetchMsMin: number
}

/**
 * A list, the newest first, that is fetched when it is shown and kept up to date from the event
 * stream. `heldCount` items have arrived unseen while the page was scrolled; `showHeld` brings
 * them in.
 */
export const useLivePages = <Item>({
  queryKey,
  fetchPage,
  apply,
  refetchMsMin,
}: LivePagesOptions<Item>) => {
  const cache = useQueryClient()
  const [heldCount, setHeldCount] = useState(0)
  const list = usePages(queryKey, async (cursor) => {
    // An answer from before an event must not undo what that event told.
    const stopCapture = captureEvents()
    const page = await fetchPage(cursor).finally(stopCapture)
    const pages = { pages: [page], pageParams: [cursor] }
    return apply(pages, stopCapture(), cursor !== undefined).pages.pages[0] ?? page
  })

  const startOver = () => {
    setHeldCount(0)
    cache.setQueryData<LoadedPages<Item>>(queryKey, firstPageOnly)
    void cache.invalidateQueries({ queryKey, exact: true })
  }
  const startOverThrottled = useThrottled(startOver, refetchMsMin)

  useLiveEvents((batch) => {
    const pages = cache.getQueryData<LoadedPages<Item>>(queryKey)
    if (pages === undefined) return
    const update = apply(pages, batch, window.scrollY > READING_SCROLL_PX)
    if (update.pages !== pages) cache.setQueryData(queryKey, update.pages)
    if (update.heldCount > 0) setHeldCount((count) => count + update.heldCount)
    if (update.isIncomplete) startOverThrottled()
  })
  useResync(startOverThrottled)
  useEffect(() => setHeldCount(0), [JSON.stringify(queryKey)])

  const showHeld = () => {
    window.scrollTo({ top: 0 })
    startOver()
  }
  return { list, heldCount, showHeld }
}

const firstPageOnly = <Item>(pages: LoadedPages<Item> | undefined): LoadedPages<Item> | undefined =>
  pages && { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) }
