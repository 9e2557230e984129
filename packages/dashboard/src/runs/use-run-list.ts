import type { Run } from '@cadre/contract'
import { api } from '../api/client.ts'
import { useLivePages } from '../live/use-live-pages.ts'
import { applyRunEvents } from './run-list-live.ts'
import { toRunQuery, type RunSearch } from './run-search.ts'

const REFETCH_MS_MIN = 1_000

/** The filtered list of runs, kept up to date from the event stream. */
export const useRunList = (search: RunSearch) =>
  useLivePages<Run>({
    queryKey: ['runs', 'list', search],
    fetchPage: (cursor) => api.runs.list(toRunQuery(search, cursor)),
    apply: (pages, batch, isHeld) => {
      const update = applyRunEvents(pages, batch, search)
      return {
        pages: update.pages,
        heldCount: isHeld ? update.arrivals : 0,
        isIncomplete: !isHeld && (update.arrivals > 0 || update.isOutdated),
      }
    },
    refetchMsMin: REFETCH_MS_MIN,
  })
