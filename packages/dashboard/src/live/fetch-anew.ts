import type { InvalidateQueryFilters, Query, QueryClient } from '@tanstack/react-query'

/**
 * Fetches anew what is shown. What is on its way for the first time comes once more when it is
 * there: the query client waits for that answer, which may be from before what happened.
 */
export const fetchAnew = async (
  cache: QueryClient,
  filters: InvalidateQueryFilters,
): Promise<void> => {
  const first = new Set<Query>(
    cache
      .getQueryCache()
      .findAll(filters)
      .filter(({ state }) => state.fetchStatus === 'fetching' && state.data === undefined),
  )
  await cache.invalidateQueries(filters)
  if (first.size > 0)
    await cache.invalidateQueries({
      predicate: (query) => first.has(query) && query.state.status === 'success',
    })
}
