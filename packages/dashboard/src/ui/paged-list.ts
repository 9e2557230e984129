import type { List } from '@cadre/contract'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'

/** A list of the API page by page; what was shown stays until the next conditions are answered. */
export const usePages = <Page extends List<unknown>>(
  queryKey: readonly unknown[],
  fetchPage: (cursor: string | undefined) => Promise<Page>,
  { isEnabled = true, refetchMs = false }: { isEnabled?: boolean; refetchMs?: number | false } = {},
) => {
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    enabled: isEnabled,
    refetchInterval: refetchMs,
  })
  const items: Page['items'][number][] = list.data?.pages.flatMap((page) => page.items) ?? []
  return { ...list, items }
}
