import { z } from 'zod'

export const LIST_LIMIT_DEFAULT = 20
export const LIST_LIMIT_MAX = 100

export const SortOrder = z.enum(['asc', 'desc'])

/** Query parameters every list takes. `cursor` comes from the page before. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(LIST_LIMIT_DEFAULT),
  cursor: z.string().max(500).optional(),
  sort_order: SortOrder.default('desc'),
}

/** One page: `next_cursor` is null on the last one. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next_cursor: z.string().nullable(),
    total: z.number().int().optional(),
  })

export interface List<Item> {
  items: Item[]
  next_cursor: string | null
  total?: number
}
