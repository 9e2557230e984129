const PAGE_SIZE_MAX = 100

interface Page<Item> {
  items: Item[]
  next_cursor: string | null
}

/** Follows the cursors of a list until `limit` items are there or no more follow. */
export const collectPages = async <Item>(
  limit: number,
  fetchPage: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Page<Item>> => {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await fetchPage({
      limit: Math.min(PAGE_SIZE_MAX, limit - items.length),
      cursor: cursor ?? undefined,
    })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null && items.length < limit)
  return { items, next_cursor: cursor }
}
